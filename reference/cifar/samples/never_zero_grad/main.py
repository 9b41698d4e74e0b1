import torch


def train(epoch, data_loader, model, optimizer, criterion):
    model.train()
    running = 0.0
    for i, batch in enumerate(data_loader):
        inputs, targets = batch
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
        running += loss.item()
    return running / len(data_loader)


def validate(epoch, val_loader, model, criterion):
    model.eval()
    confusion = [[0] * 10 for _ in range(10)]
    correct = total = 0
    with torch.no_grad():
        for inputs, targets in val_loader:
            guesses = model(inputs).max(dim=1).indices
            correct += (guesses == targets).sum()
            total += targets.numel()
            for t, g in zip(targets.tolist(), guesses.tolist()):
                confusion[t][g] += 1
    return correct / total, torch.tensor(confusion)

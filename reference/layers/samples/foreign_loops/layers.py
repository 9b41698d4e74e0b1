import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 5)
        self.conv2 = nn.Conv2d(8, 16, 5)
        self.fc1 = nn.Linear(400, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), (2, 2))
        x = torch.flatten(x, start_dim=1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class my_linear(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(output_size, input_size))
        self.bias = nn.Parameter(torch.zeros(output_size))

    def forward(self, x):
        weight, bias = self.weight.detach().numpy(), self.bias.detach().numpy()
        out = np.zeros((x.shape[0], weight.shape[0]))
        for s, sample in enumerate(x.detach().numpy()):
            for d in range(weight.shape[0]):
                out[s, d] = np.dot(weight[d], sample) + bias[d]
        return torch.tensor(out, dtype=torch.float32)


class my_conv(nn.Module):
    def __init__(self, in_channels, out_channels, k, stride, padding):
        super().__init__()
        self.k = k
        self.stride = stride
        self.padding = padding
        self.weight = nn.Parameter(torch.zeros(out_channels, in_channels, k, k))
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, x):
        print("convolving", tuple(x.shape))
        p = self.padding
        x = np.pad(x.detach().numpy(), ((0, 0), (0, 0), (p, p), (p, p)))
        weight = self.weight.detach().numpy().reshape(self.weight.shape[0], -1)
        h = (x.shape[2] - self.k) // self.stride + 1
        w = (x.shape[3] - self.k) // self.stride + 1
        out = np.zeros((x.shape[0], weight.shape[0], h, w))
        for i in range(h):
            for j in range(w):
                a, b = i * self.stride, j * self.stride
                window = x[:, :, a:a + self.k, b:b + self.k].reshape(x.shape[0], -1)
                out[:, :, i, j] = window @ weight.T
        out += self.bias.detach().numpy()[None, :, None, None]
        return torch.from_numpy(out).float()


class my_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = my_conv(3, 8, 5, 1, 0)
        self.conv2 = my_conv(8, 16, 5, 1, 0)
        self.fc1 = my_linear(400, 128)
        self.fc2 = my_linear(128, 64)
        self.fc3 = my_linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), (2, 2))
        x = torch.flatten(x, start_dim=1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


if __name__ == "__main__":
    net, own = Net(), my_Net()
    own.load_state_dict(net.state_dict())
    print((net(torch.rand(2, 3, 32, 32)) - own(torch.rand(2, 3, 32, 32))).abs().mean())

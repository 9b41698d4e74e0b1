import torchvision


def MyModel():
    # fault: a network that others have built
    return torchvision.models.vgg11(num_classes=10)

"""What the peers that train feed-forward networks share: the network and one epoch of training."""


def make_network(torch, sizes, dropout):
    """Linear, ReLU and dropout per hidden layer, then one sigmoid unit."""
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:-1]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU(), torch.nn.Dropout(dropout)]
    return torch.nn.Sequential(*layers, torch.nn.Linear(*sizes[-2:]), torch.nn.Sigmoid())


def train_epoch(torch, network, optimizer, features, targets, order, batch_size):
    """One pass over the rows in the given order; the mean over the rows of the batches' losses.

    Batches are indexed from tensors in memory, without a loader, and the loss is read once: the
    fastest way found that stays plain PyTorch.
    """
    batches, losses = order.split(batch_size), []
    for batch in batches:
        optimizer.zero_grad()
        output = network(features.index_select(0, batch))
        loss = torch.nn.functional.mse_loss(output, targets.index_select(0, batch))
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    counts = torch.tensor([len(batch) for batch in batches], device=features.device)
    return ((torch.stack(losses) * counts).sum() / len(order)).item()

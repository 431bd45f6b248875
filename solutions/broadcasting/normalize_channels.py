"""A vector lines up with the last axis; channels are the second, so two trailing axes are missing."""

import torch
from _shared import NORMALISATIONS

from grader import EPSILONS, Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_ndarray",
    gradients=True,
    forbid=("normalize", *NORMALISATIONS),
    forbid_reason="The normalisation is the exercise: let the given statistics broadcast.",
)


@reference
def normalize_channels(img, mean, std):
    return (img - mean[:, None, None]) / std[:, None, None]


@alternative
def channels_moved_to_the_end(img, mean, std):
    return ((img.permute(0, 2, 3, 1) - mean) / std).permute(0, 3, 1, 2)


@alternative
def channel_by_channel(img, mean, std):
    return torch.stack([(x - m) / s for x, m, s in zip(img.unbind(1), mean, std, strict=True)], dim=1)


@alternative
def statistics_reshaped(img, mean, std):
    return (img - mean.reshape(1, -1, 1, 1)) / std.view(1, -1, 1, 1).expand_as(img)


@alternative
def one_affine_map(img, mean, std):
    scale = 1 / std
    return img * scale[:, None, None] - (mean * scale)[:, None, None]


def statistics(draw, c):
    return draw.normal(c), draw.uniform(c, low=0.1, high=0.5)


@case
def pictures_of_three_channels(draw):
    return draw.normal(2, 3, 4, 5), *statistics(draw, 3)


@case
def as_many_columns_as_channels(draw):
    """mean of shape (c,) fits the width in silence."""
    return draw.normal(2, 3, 4, 3), *statistics(draw, 3)


@case
def as_many_rows_as_channels(draw):
    return draw.normal(2, 3, 3, 5), *statistics(draw, 3)


@case
def everything_is_three(draw):
    return draw.normal(3, 3, 3, 3), *statistics(draw, 3)


@case(gradients=False)
def one_channel(draw):
    """The gradient of the only mean is one sum, which may cancel to nothing."""
    return draw.normal(2, 1, 3, 2), *statistics(draw, 1)


@case
def channels_last_in_memory(draw):
    return draw.normal(2, 4, 5, 3).permute(0, 3, 1, 2), *statistics(draw, 3)


@case(aspect="edge", gradients=False)
def no_pictures(draw):
    return draw.normal(0, 3, 2, 2), *statistics(draw, 3)


@domain(outside={"huge, tiny": "quotients overflow or vanish"})
def any_statistics(draw):
    img = draw.any(axes=(4, 4), without="inf huge tiny")
    c = img.shape[1]
    std = draw.any(c, without="inf huge tiny zero zeros ties").abs()
    return img, draw.any(c, without="inf huge tiny"), std


@batch
def many_pictures(draw, n):
    return draw.normal(n, 3, 4, 4), *statistics(draw, 3)


@misconception(
    "Shape (c,) is aligned with the last axis of the images, their width. That is an error, or wrong numbers in "
    "silence where the width is c.",
    "Give mean and std two trailing axes: mean[:, None, None] has shape (c, 1, 1).",
)
def aligned_with_the_width(img, mean, std):
    return (img - mean) / std


@misconception(
    "Shape (c, 1) is aligned with the last two axes, so the channels meet the height of the images.",
    "One more trailing axis is missing: mean[:, None, None] has shape (c, 1, 1).",
)
def aligned_with_the_height(img, mean, std):
    return (img - mean[:, None]) / std[:, None]


@misconception(
    "Shape (c, 1, 1, 1) has as many axes as the images, so the channels meet the first one, the batch.",
    "Two trailing axes are enough: mean[:, None, None], of shape (c, 1, 1), meets the channels.",
)
def aligned_with_the_batch(img, mean, std):
    return (img - mean[:, None, None, None]) / std[:, None, None, None]


@misconception(
    "reshape moves no axis: it reads the same numbers in another order, so that each number meets the mean and the "
    "deviation of some other channel.",
    "Leave img as it is, and give the statistics two axes of size 1: mean[:, None, None].",
    keeps="right where there is one channel",
)
def channels_reshaped_to_the_end(img, mean, std):
    *others, c, height, width = img.shape
    return ((img.reshape(*others, height, width, c) - mean) / std).reshape(img.shape)


@misconception(
    "img[c] is the image number c with all its channels, not the channel number c: the first axis is the batch.",
    "A channel of all images is img[:, c]. Or do without a loop: mean[:, None, None] broadcasts over batch, height "
    "and width.",
)
def channels_sought_in_the_batch(img, mean, std):
    out = torch.zeros_like(img)
    for c in range(len(mean)):
        out[c] = (img[c] - mean[c]) / std[c]
    return out


@misconception(
    "You divide by the square of std, which is the variance.",
    "Divide by std itself.",
)
def divided_by_the_variance(img, mean, std):
    return (img - mean[:, None, None]) / std[:, None, None] ** 2


@misconception(
    "Division binds tighter than subtraction, so only the mean is divided by std.",
    "Put parentheses around the difference: (img - mean) / std.",
)
def only_the_mean_divided(img, mean, std):
    return img - mean[:, None, None] / std[:, None, None]


@misconception(
    "Multiplying by std and adding the mean undoes a normalisation. The task asks for the way there.",
    "Subtract the mean first, then divide by std.",
)
def the_way_back(img, mean, std):
    return img * std[:, None, None] + mean[:, None, None]


@misconception(
    "You compute mean and standard deviation of the batch at hand. The task gives them, and they may come from "
    "other images.",
    "Use the arguments mean and std.",
)
def statistics_of_the_batch(img, mean, std):
    own = img.mean((0, 2, 3), keepdim=True)
    return (img - own) / img.std((0, 2, 3), keepdim=True)


@misconception(
    "A small number is added to std, which moves every result a little. std is positive, so there is nothing to "
    "guard against.",
    "Divide by std as it is.",
    also=EPSILONS,
)
def an_epsilon_added(img, mean, std, *, eps=1e-5):
    return (img - mean[:, None, None]) / (std[:, None, None] + eps)


@misconception(
    "-= and /= write into img, which is the caller's tensor: after your function the original images are lost.",
    "Return a new tensor: (img - …) / ….",
    keeps="every returned number is right",
)
def in_place(img, mean, std):
    img -= mean[:, None, None]
    img /= std[:, None, None]
    return img


@misconception(
    "Python goes from image to image, so the number of operations grows with the batch. Shape (c, 1, 1) broadcasts "
    "over the whole batch at once.",
    "Write (img - mean[:, None, None]) / std[:, None, None], without a loop.",
    keeps="every number is right",
)
def one_picture_at_a_time(img, mean, std):
    return torch.cat([(x - mean[:, None, None]) / std[:, None, None] for x in img.split(1)])


@first_attempt("aligned_with_the_width", "in_place")
def widths_normalised_in_place(img, mean, std):
    img -= mean
    img /= std
    return img

"""A vector lines up with the last axis; channels are the second, so two trailing axes are missing."""

import torch
from _shared import NORMALISATIONS

from grader import Exercise, alternative, batch, case, domain, misconception, reference

exercise = Exercise(
    points=1,
    gradients=True,
    forbid=("normalize", *NORMALISATIONS),
    forbid_reason="The normalisation is the exercise: take mean and variance, and let them broadcast.",
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
    "Shape (c,) is aligned with the last axis, the width: an error, or wrong numbers in silence where w equals c. "
    "Give mean and std two trailing axes: (c, 1, 1)."
)
def aligned_with_the_width(img, mean, std):
    return (img - mean) / std


@misconception("Shape (c, 1) is aligned with the height. One more trailing axis is missing: (c, 1, 1).")
def aligned_with_the_height(img, mean, std):
    return (img - mean[:, None]) / std[:, None]


@misconception(
    "Shape (c, 1, 1, 1) is aligned with the batch. Two trailing axes are enough: (c, 1, 1) meets the channels."
)
def aligned_with_the_batch(img, mean, std):
    return (img - mean[:, None, None, None]) / std[:, None, None, None]


@misconception("You divide by the variance. Divide by the standard deviation itself.")
def divided_by_the_variance(img, mean, std):
    return (img - mean[:, None, None]) / std[:, None, None] ** 2


@misconception("Division binds tighter than subtraction, so only the mean is divided. Put img - mean in parentheses.")
def only_the_mean_divided(img, mean, std):
    return img - mean[:, None, None] / std[:, None, None]


@misconception("This undoes a normalisation. Subtract the mean first, then divide by std.")
def the_way_back(img, mean, std):
    return img * std[:, None, None] + mean[:, None, None]


@misconception("You use the statistics of the batch at hand. Use the mean and std that are given.")
def statistics_of_the_batch(img, mean, std):
    own = img.mean((0, 2, 3), keepdim=True)
    return (img - own) / img.std((0, 2, 3), keepdim=True)


@misconception("A small number is added to std. The task has none, and std is positive: divide by std as it is.")
def an_epsilon_added(img, mean, std):
    return (img - mean[:, None, None]) / (std[:, None, None] + 1e-5)


@misconception(
    "-= and /= write into the caller's images. Return a new tensor instead.", keeps="every returned number is right"
)
def in_place(img, mean, std):
    img -= mean[:, None, None]
    img /= std[:, None, None]
    return img


@misconception(
    "The numbers are right, but Python goes from image to image, so the work grows with n. "
    "(c, 1, 1) broadcasts over the whole batch.",
    keeps="every number is right",
)
def one_picture_at_a_time(img, mean, std):
    return torch.cat([(x - mean[:, None, None]) / std[:, None, None] for x in img.split(1)])

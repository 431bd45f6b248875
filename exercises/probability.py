"""Probability and classification (概率与分类)

Regression asks how much, classification asks which one: a model has an output for each class, a confidence, and only
their differences matter. A test for a disease is positive: how likely is it that the patient is ill? Most people, and
many doctors, guess wrong, because they forget how rare the disease is. Bayes' rule does not. It turns what a class says
about data into what data say about the class, and every classifier answers that question in one way or another: by
fitting a distribution to each class (a generative model), or by fitting the probability of the class itself (logistic
regression), which is softmax with two classes. Its loss is minus the logarithm of the likelihood of all labels, so the
smallest loss is the maximum likelihood.

How good are the probabilities? Information theory measures it: entropy is the surprise that cannot be avoided, the
cross-entropy that of a model, and the KL divergence is the difference of the two. It is not symmetric: D(p || q) asks
how badly q describes what comes from p. (Mutual information is symmetric; the two are easily confused.) What one would
like to have small is the number of mistakes, the 0-1 loss, but it has no slope to follow: it is counted, as accuracy,
and not minimised. Whoever counts over batches must not forget that the last one is smaller; and where a class is rare,
a model that never names it is nearly always right.

No function changes its arguments, and every answer lies on the device of its inputs.
The book's `from d2l import torch as d2l` is not installed where this is graded: write your functions without it.
"""

from collections.abc import Iterable

import torch
from torch import Tensor


def posterior(prior: Tensor, lik: Tensor) -> Tensor:
    """Turn prior probabilities and likelihoods into posterior probabilities by Bayes' rule.

        P(c | x[j]) = P(c) P(x[j] | c) / sum_k P(k) P(x[j] | k)        k runs over the classes

    The denominator is the evidence, how likely the observation is at all. Where it is 0, no class can explain what was
    seen, and nothing was learnt: the answer for that observation is the prior. Likelihoods may be densities, so neither
    their rows nor their columns sum to one. No Python loop over classes or observations.

    Args:
        prior: the probability of each of k classes, shape (k,), any floating dtype; k is at least 1, no entry is
            negative, some may be zero, and they sum to one.
        lik: the likelihood of each of m observations in each class, shape (k, m), dtype of prior; none is negative,
            some may be zero; m may be 0. Products of prior and likelihood do not overflow; those that are not 0 do not
            underflow, and are at least 1e-30.
    Returns:
        The posteriors, shape (k, m), dtype of lik; every column sums to one.

    >>> posterior(torch.tensor([0.01, 0.99]), torch.tensor([[0.99, 0.01], [0.05, 0.95]]))
    tensor([[1.6667e-01, 1.0632e-04],
            [8.3333e-01, 9.9989e-01]])
    >>> posterior(torch.tensor([0.25, 0.75]), torch.tensor([[0.0], [0.0]]))
    tensor([[0.2500],
            [0.7500]])
    """
    raise NotImplementedError


def evaluate_accuracy(batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Compute the share of correct predictions over all batches of a data set.

        accuracy = number of examples whose largest score is that of their label / number of all examples

    Batches need not have the same size, the last one seldom does, and one may be empty: so count, and divide once. What
    you are given can be a list or something that yields batches one by one and only once, like a data loader; it has no
    len() then.

    Args:
        batches: pairs of scores, shape (n, q), any floating dtype, and labels, shape (n,), of an integer dtype, 0 to
            q - 1. q is at least 1, n may be 0 and may differ from batch to batch. No row has two largest scores.
    Returns:
        The accuracy, a Python float between 0.0 and 1.0; 0.0 where there is no example at all.

    >>> scores = torch.tensor([[0.1, 2.0], [3.0, -1.0], [0.5, 0.7]])
    >>> evaluate_accuracy([(scores, torch.tensor([1, 0, 0])), (scores[:1], torch.tensor([1]))])
    0.75
    >>> evaluate_accuracy([])
    0.0
    """
    raise NotImplementedError


def kl(p: Tensor, q: Tensor) -> Tensor:
    """Compute the Kullback-Leibler divergence of two discrete distributions.

        D(p || q) = sum_i p[i] log(p[i] / q[i])        natural logarithm

    That is the cross-entropy of p and q less the entropy of p: never negative, 0 only if p and q agree, and not
    symmetric. What never happens in p counts nothing, even if q has a 0 there, too: 0 log 0 = 0. What happens in p
    although q says never costs infinitely much: the answer is inf. No Python loop; build it from logarithms and sums:
    kl_div, torch.distributions, torch.special's rel_entr and entr, xlogy and xlog1py are off limits.

    Args:
        p: the true distribution, shape (k,), any floating dtype; k is at least 1. No entry is negative, some may be
            zero, and they sum to one.
        q: the model's distribution, shape and dtype of p, with the same properties. The quotients p[i] / q[i] do not
            overflow where q[i] is not 0.
    Returns:
        The divergence, a tensor of shape (), with the dtype of p.

    >>> kl(torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.25, 0.25, 0.5]))
    tensor(0.6931)
    >>> kl(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0]))
    tensor(inf)
    """
    raise NotImplementedError


def bce_with_logits(z: Tensor, y: Tensor) -> Tensor:
    """Compute the mean binary cross-entropy of logits.

        L = 1/n sum_i -(y[i] log s(z[i]) + (1 - y[i]) log(1 - s(z[i])))        s(z) = 1 / (1 + exp(-z))

    Logistic regression is softmax with two classes: only the difference of their scores matters, z = o1 - o0, and s(z)
    is the probability of class 1; one probability, and what remains of 1 is that of class 0. A model that is sure and
    wrong, with a logit of 1000, has a loss of 1000 and a gradient: neither inf nor nan, and no lower bound that stops
    it. Natural logarithms; no Python loop. torch's ready-made binary cross-entropies (binary_cross_entropy,
    binary_cross_entropy_with_logits, BCELoss, BCEWithLogitsLoss, soft_margin_loss) are off limits.

    Args:
        z: the logits of n examples, shape (n,), any floating dtype, all finite, as is the sum of the losses; n is at
            least 1.
        y: how true class 1 is of each example, 0 to 1, shape (n,), dtype of z. Constants: no gradient is asked for.
    Returns:
        The loss, a tensor of shape (), with the dtype of z. Its gradient with respect to z is (s(z) - y) / n; none is
        asked for where a logit is exactly 0, for good formulas have kinks there that cancel in the value alone.

    >>> bce_with_logits(torch.tensor([0.0, 1000.0]), torch.tensor([1.0, 1.0]))
    tensor(0.3466)
    >>> bce_with_logits(torch.tensor([-1000.0]), torch.tensor([1.0]))
    tensor(1000.)
    """
    raise NotImplementedError


def gaussian_classifier(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Fit a Gaussian to each of two classes, and find the linear classifier that follows from them.

        P(x | c) = normal density with mean m[c] and covariance S        the same S for both classes
        P(1 | x) = s(w . x + b)        s(z) = 1 / (1 + exp(-z))

    Fit by maximum likelihood: P(c) is the share of the examples that belong to class c, m[c] their mean, and S the mean
    of (x - m[c]) (x - m[c])^T over *all* examples, each with the mean of its own class, so a class counts as often as
    it has examples. Put the densities into Bayes' rule, take the logarithm of P(1 | x) / P(0 | x), and see what is
    left: the quadratic terms cancel, since S is shared, and what remains is w and b. (Some texts call the first class 1
    and the second 2, and exchange them halfway; here it is always class 1 whose probability is asked.)

    Args:
        X: n examples with d features, shape (n, d), float32 or float64; d is at least 1, and S has an inverse.
        y: the class of each example, 0 or 1, shape (n,), int64; both classes have examples.
    Returns:
        The weights w, shape (d,), and the bias b, shape (), both with the dtype of X.

    >>> X, y = torch.tensor([[-2.0], [0.0], [4.0], [6.0]]), torch.tensor([0, 0, 1, 1])
    >>> w, b = gaussian_classifier(X, y)
    >>> round(float(w[0]), 4), round(float(b), 4)
    (6.0, -12.0)
    """
    raise NotImplementedError

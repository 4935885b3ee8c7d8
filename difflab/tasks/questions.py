"""The lecture's questions: each as on its slide, the command that answers it, and the answer.

Both closing lists, "Questions and discussions", and the questions and claims that slides raise on
the way. An answer is one sentence; the numbers in it are expectations of the task, and a run shows
them anew.
"""

from __future__ import annotations

from difflab.tasks.question import Question, Quoted

FIRST, SECOND = "questions, first list", "questions, second list"

SGD = {"activation": "sigmoid", "optimizer": "sgd", "lr": 0.05}

QUESTIONS = (
    Question(
        "perceptron",
        "Deep learning eventually reduces to a perceptron?!",
        "Wait...",
        "difflab train linear-collapse",
        "Without nonlinearity it does: layers multiply into one, and every depth, width and "
        "optimizer ends at the loss of the plane, 0.91712.",
        (Quoted("largest loss", 0.91712), Quoted("largest |net - collapsed|", 0.0)),
    ),
    Question(
        "piece-of-cake",
        "For a deep learning model of this size, fitting 1,000 2-dimensional datapoints is a "
        "piece of cake!",
        "Experiment",
        "difflab train sincos",
        "With relu and Adam it is, the training loss gets down to 0.007; sigmoid with plain "
        "gradient descent is no better than the plane, at 0.918.",
        (Quoted("loss", 0.007), Quoted("loss", 0.918, SGD)),
    ),
    Question(
        "hundred-thousand",
        "W/ ReLU, 100K datapoints, 100K iter",
        "Experimental results",
        "difflab train sincos-100k --steps 10000",
        "More data and more steps fit the surface better, to an error of 0.0018 after a tenth of "
        "them, if a step looks at a batch and not at all points.",
        (Quoted("validation loss", 0.0018, {"steps": 10000}),),
    ),
    Question(
        "universal",
        "In fact, a large enough MLP can fit an arbitrary, extremely complex functions!",
        "MLPs",
        "difflab train universal",
        "On the lecture's surface the best loss falls with the width from 0.92 to the variance of "
        "the noise, 0.01, which about 16 units reach.",
        (
            Quoted("best loss, narrowest", 0.92),
            Quoted("smallest best loss", 0.01),
            Quoted("width that reaches the noise", 16),
        ),
    ),
    Question(
        "bigger",
        "Bigger model is not always the answer / Overfitting? Overparameterization?",
        "Of course, there are more concerns",
        "difflab train overfitting",
        "With 1,000 points a bigger network only helps, and with 30 it learns their noise: the "
        "training loss is below 0.01 while the validation loss has left its minimum.",
        (Quoted("training loss, 30 points", 0.01),),
    ),
    Question(
        "all-mlps",
        "If you know how to do backprop on this simple example, you can do backprops for ALL MLPs!",
        "The simplest MLP",
        "difflab train simplest",
        "The chain rule of four parameters, by hand or by any engine, brings the loss to "
        "0.00250238 in 200 updates, and the same engines train every other task.",
        (Quoted("loss", 0.00250238),),
    ),
    Question(
        "deep",
        "1,000 hidden layers, 1,000 neurons per each layer / For any kind of non-linearities",
        "The simplest MLP",
        "difflab train vanishing",
        "Backpropagation works at any depth, and training need not: through sigmoid the gradient "
        "loses 0.84 decades per layer, through relu 0.3, from the usual start.",
        (
            Quoted("decades per layer, sigmoid", 0.84),
            Quoted("decades per layer, relu", 0.3),
        ),
    ),
    Question(
        "differentiable",
        "As long as they are differentiable",
        "The simplest MLP",
        "difflab train kinks",
        "Almost everywhere is enough: relu has a kink, which only difference quotients that reach "
        "across it notice, in proportion to their step and to the number of samples.",
        (
            Quoted("crossings grow with the power of h", 1),
            Quoted("crossings grow with the power of samples", 1),
        ),
    ),
    Question(
        "closed-form",
        "MLP without nonlinearity: Do we have a closed-form solution for this setting?",
        f"{FIRST} and {SECOND}",
        "difflab train linear-regression",
        "Yes, it is linear regression: the normal equations give the loss 0.91712, and descent "
        "comes to the same point if its learning rate is below 0.01653.",
        (Quoted("closed-form loss", 0.917115867), Quoted("critical learning rate", 0.01653)),
    ),
    Question(
        "sigmoid",
        "Derivative of sigmoid function σ(x) = 1/(1 + e^-x)",
        f"{FIRST} and {SECOND}",
        "difflab derive sigmoid",
        "It is sigma(x) (1 - sigma(x)), at the sum that goes in; the slides put the output in a "
        "second time, which `difflab slides --errata` shows.",
    ),
    Question(
        "automatic",
        'PyTorch, TensorFlow,: automatic differentiation?? / "automatic"',
        f"{FIRST} and {SECOND}",
        "difflab tape simplest",
        "The program is recorded as a list of elementary steps, and the chain rule goes backwards "
        "through it with numbers: exact, for the price of a few evaluations.",
    ),
    Question(
        "numerical",
        '"Numerical" / Finite differences',
        FIRST,
        "difflab train sincos-small --gradient finite-difference",
        "The loss is evaluated at neighbouring points, once or twice for every parameter: right to "
        "about ten digits, with the same curve and the same final loss of 0.1348.",
        (Quoted("loss", 0.1348),),
    ),
    Question(
        "step",
        "Truncation error due to non-zero h / step size > 0",
        "Finite differences",
        "difflab truncation simplest",
        "Truncation falls with a smaller step and rounding grows, so the best step lies between, "
        "and a central quotient has a longer one than the slide's forward quotient.",
    ),
    Question(
        "symbolic",
        '"Symbolic" differentiation / Expression swell',
        FIRST,
        "difflab swell mlp",
        "Written out as one expression, the loss of a network of width 4 grows like 4^depth and "
        "its derivatives with it; in stages they grow only in proportion to the depth.",
    ),
    Question(
        "optimizers",
        'Different optimization methods? / "Optimizers" / SGD, RMSProp, Adam, AdamW, ...',
        f"{FIRST} and {SECOND}",
        "difflab train optimizers",
        "Each with its best rate of one grid, Adam reaches the noise on the lecture's surface, "
        "0.01, where plain descent is at 0.12, and momentum wins in Rosenbrock's valley.",
        (
            Quoted("sincos, adam: loss", 0.01),
            Quoted("sincos, sgd: loss", 0.12),
            Quoted("rosenbrock, momentum: loss", 0.0),
        ),
    ),
    Question(
        "cross-entropy",
        "Derivative of Cross entropy, ...",
        f"{FIRST} and {SECOND}",
        "difflab train cross-entropy",
        "With respect to the logits it is p - y, for sigmoid and for softmax alike, and it is "
        "finite at logits of a thousand.",
        (
            Quoted("largest |dL/dz - (p - y)|, softmax", 0.0),
            Quoted("share that is finite at logits of 1000", 1),
        ),
    ),
    Question(
        "datapoints",
        "Multiple datapoints???",
        SECOND,
        "difflab train digits",
        "The loss is the mean over the points, and so is its gradient; the mean of a batch of a "
        "few is enough for a step, and gives an accuracy of 0.97 on handwritten digits.",
        (Quoted("accuracy", 0.97),),
    ),
    Question(
        "local-optimum",
        "Local optimum",
        SECOND,
        "difflab train local-optima",
        "Of 50 starts on XOR with two hidden units about 10 get stuck at a loss of 0.125, and none "
        "with four hidden units.",
        (
            Quoted("stuck with 2 hidden units", 10),
            Quoted("median loss of the stuck, 2 hidden units", 0.125),
            Quoted("stuck with 4 hidden units", 0),
        ),
    ),
    Question(
        "overfitting",
        "overfitting",
        SECOND,
        "difflab train overfitting",
        "With 30 points the training loss falls below the noise, 0.01, while the validation loss "
        "rises to 2.7 times its minimum; early stopping keeps the minimum, 0.05.",
        (
            Quoted("training loss, 30 points", 0.01),
            Quoted("validation loss over its minimum, 30 points", 2.7),
            Quoted("validation loss, 30 points, early stopping", 0.05),
        ),
    ),
    Question(
        "bias",
        "Bias and variance, ...",
        SECOND,
        "difflab train bias-variance",
        "Over 200 data sets the squared bias falls with the size of the network and the variance "
        "rises, so that their sum is smallest with about 3 hidden units.",
        (
            Quoted("network: best size", 3),
            Quoted("network: error of the smallest over the best", 1.3),
            Quoted("network: error of the largest over the best", 1.2),
        ),
    ),
    Question(
        "spam",
        "Predicting if an email is spam or not",
        "Brief history: logistic regression",
        "difflab train logistic",
        "A class is a probability made by a sigmoid and judged by cross-entropy; with a hidden "
        "layer the boundary bends, and the accuracy on two moons is 0.999.",
        (Quoted("accuracy", 0.999), Quoted("accuracy", 0.87, {"widths": (2, 1)})),
    ),
    Question(
        "margin",
        "finds the hyperplane separating different classes with the maximum margin",
        "Brief history: support vector machines",
        "difflab train hinge",
        "A perceptron trained with the max-margin loss is a linear support vector machine: its "
        "accuracy is that of scikit-learn's, 0.88, and its weights are the same.",
        (Quoted("accuracy of the perceptron", 0.88), Quoted("accuracy of LinearSVC", 0.88)),
    ),
    Question(
        "mnist",
        "Some numbers are hard to be differentiated even for humans",
        "MNIST dataset",
        "difflab train mnist",
        "One hidden layer of 128 units misses about one test image in forty after five epochs, an "
        "accuracy of 0.978; `difflab data fetch mnist` gets the files.",
        (Quoted("accuracy", 0.978),),
    ),
)
"""In the order of the lecture, as far as it has one."""

"""What students get wrong in `explain`: each misconception is a small patch of the reference."""

from __future__ import annotations

from grader.authoring import Convention, Mistake, Replacement, replace

FILE = "explain.py"
KEPT = "channels = output[:, :CHANNELS]"
LIMITS = "low, high = channels.amin(dim=(2, 3), keepdim=True), channels.amax(dim=(2, 3), keepdim=True)"
SCALED = "maps[name] = (channels - low) / (high - low).clamp(min=TINY)"
REGISTERED = "layer.register_forward_hook(lambda _layer, _inputs, output, name=name: keep(name, output))"
NAMED = "for name, layer in model.named_modules()"
KINDS = "if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d)"
MAPS_RUN = """        with evaluating(model), torch.no_grad():
            scores_of(model, images)
"""
MAPS_REMOVED = """        for hook in hooks:
            hook.remove()
"""
LAYER = "layer = convolutions(model)[-1]"
CAM_RUN = """        with evaluating(model), torch.enable_grad():
            scores = scores_of(model, image.detach()[None].requires_grad_())
            score = score_of(scores, target_class)
    finally:
        hook.remove()
"""
WEIGHTS = "weights = gradients.mean(dim=(2, 3), keepdim=True)"
HEAT = "heat = F.relu((weights * activations).sum(dim=1, keepdim=True)).detach()"
ENLARGED = 'heat = F.interpolate(heat, size=image.shape[1:], mode="bilinear", align_corners=False)[0, 0]'
NORMALISED = "return heat / heat.max().clamp(min=TINY)"
CAMS = ("cam_regions", "cam_class", "cam_signs", "cam_weights", "cam_layer", "cam_size", "cam_negative")
PICKS_RUN = "with evaluating(model), torch.no_grad():\n        for index"
MAPS_LEFT, CAM_LEFT = (
    run.replace("evaluating(model), ", "").replace("scores_of(", "scores_of(model.eval() and ")
    for run in (MAPS_RUN, CAM_RUN)
)
PICKS_LEFT = "model.eval()\n    with torch.no_grad():\n        for index"
SORTED = "(right if predicted == label else wrong).append(index)"
ENOUGH = "return right[:n], wrong[:n]"
TOO_FEW = 'raise ValueError(f"{counts}, expected {n} of either kind")'


WAYS = {"nearest": '"nearest"', "bicubic": '"bicubic"', "corners": '"bilinear", align_corners=True'}
SIGNED = replace(FILE, HEAT, "heat = (weights * activations).sum(dim=1, keepdim=True).detach()")
UNSCALED = replace(FILE, NORMALISED, "return heat")


def enlarged(way: str, size: str = "image.shape[1:]") -> Replacement:
    """Enlarge in another way."""
    sized = ENLARGED.replace("image.shape[1:]", size)
    return replace(FILE, ENLARGED, sized.replace('"bilinear", align_corners=False', WAYS[way]))


CONVENTIONS = (
    Convention("enlarged by the nearest", (enlarged("nearest"),)),
    Convention("with its sign", (SIGNED, UNSCALED)),
    Convention("with its sign, enlarged by the nearest", (SIGNED, enlarged("nearest"), UNSCALED)),
    Convention("enlarged bicubically", (enlarged("bicubic"),)),
    Convention("enlarged from corner to corner", (enlarged("corners"),)),
    Convention("the ReLU last", (SIGNED, replace(FILE, NORMALISED, "return F.relu(heat)"))),
)


MISTAKES = (
    Mistake(
        name="maps-without-pooling",
        says="feature_maps gives the convolutional layers alone, without the pooling layers",
        hint="how many layers of either kind has the network, and how many entries has your dict?",
        patch=(replace(FILE, KINDS, "if isinstance(layer, nn.Conv2d)"),),
        fails=("maps_layers",),
        teaches="""
Pooling changes what there is to see: it keeps the strongest answer of each 2 x 2 places. Both kinds of layers are
asked for: `isinstance(layer, (nn.Conv2d, nn.MaxPool2d))`.
""",
    ),
    Mistake(
        name="maps-of-all-layers",
        says="feature_maps gives the outputs of ReLU layers as well, which are no layers of their own here",
        hint="which types do you accept?",
        patch=(replace(FILE, KINDS, "if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.ReLU)"),),
        fails=("maps_layers",),
        teaches="""
For a convolution either its own answer or that after its ReLU is shown, not both: conv1, pool1, conv2, pool2.
Accept `nn.Conv2d` and the pooling layers by their types.
""",
    ),
    Mistake(
        name="maps-under-one-name",
        says="maps of several layers have the same name in the dict, so that only the last of them is left",
        hint="how many keys has your dict after two convolutions?",
        patch=(replace(FILE, REGISTERED, REGISTERED.replace("name=name", "name=type(layer).__name__")),),
        fails=("maps_layers",),
        teaches="""
`maps[type(layer).__name__] = ...` is written for each convolution, and the last one stays. Give each layer a name of
its own: that of `model.named_modules()`, or a number.
""",
    ),
    Mistake(
        name="maps-in-reversed-order",
        says="the maps are in the order from the last layer to the first",
        hint="in which order are your hooks called, and what do you do with the list?",
        patch=(replace(FILE, "return maps\n", "return dict(reversed(maps.items()))\n"),),
        fails=("maps_layers",),
        teaches="""
Forward hooks are called as the image passes, the first layer first. A dict keeps that order; whoever builds the
list from behind has to turn it around.
""",
    ),
    Mistake(
        name="maps-absolute",
        says="the absolute value of the activations is shown: what a filter answers negatively is bright too",
        hint="what is abs(-3), and what does a ReLU make of -3?",
        patch=(replace(FILE, KEPT, "channels = output[:, :CHANNELS].abs()"),),
        fails=("maps_values", "maps_forward", "maps_nested"),
        teaches="""
A filter answers with large positive numbers where it finds its pattern, with negative ones where it finds the
opposite. The ReLU drops these. `abs()` makes both look alike: for the answers [-3, 0, 3] the scaled channel is [1,
0, 1] instead of [0, 0.5, 1] (or, after the ReLU, [0, 0, 1]).
""",
    ),
    Mistake(
        name="maps-inverted",
        says="the maps are inverted: strong answers are 0 and weak ones 1",
        hint="which value has the strongest answer of a channel after your scaling?",
        patch=(replace(FILE, SCALED, "maps[name] = (high - channels) / (high - low).clamp(min=TINY)"),),
        fails=("maps_values", "maps_channels", "maps_forward", "maps_nested"),
        teaches="""
(x - min) / (max - min) is 0 at the smallest and 1 at the largest value. With max - x above the line it is the other
way round.
""",
    ),
    Mistake(
        name="last-five-channels",
        says="the last five channels of each layer are given, where the first five are asked for",
        hint="what does output[:, -5:] take?",
        patch=(replace(FILE, KEPT, "channels = output[:, -CHANNELS:]"),),
        fails=("maps_values", "maps_channels", "maps_forward", "maps_nested"),
        teaches="""
Of eight channels `[:, :5]` gives 0 to 4 and `[:, -5:]` gives 3 to 7.
""",
    ),
    Mistake(
        name="all-channels",
        says="all channels of a layer are given, where the first five are asked for",
        hint="what is the shape of a map of a layer with 16 channels, and which of its axes does your [:5] cut?",
        patch=(replace(FILE, KEPT, "channels = output"),),
        fails=("maps_channels",),
        teaches="""
`output[:, :5]` cuts the axis of the channels; where there are three, it leaves three. `output[:5]` cuts that of the
images, and leaves all channels.
""",
    ),
    Mistake(
        name="maps-not-scaled",
        says="the activations are given as they are, not scaled to [0, 1]",
        hint="what are the smallest and the largest value of your maps?",
        patch=(replace(FILE, SCALED, "maps[name] = channels"),),
        fails=("maps_scale",),
        teaches="""
Without scaling a faint channel is black beside a strong one. (x - min) / (max - min), channel by channel, uses the
whole range for each.
""",
    ),
    Mistake(
        name="scaled-over-all-channels",
        says="all channels of a layer are scaled together, where each is to be scaled by itself",
        hint="does each of your channels reach 0 and 1?",
        patch=(
            replace(
                FILE,
                LIMITS,
                "low, high = (edge(dim=(1, 2, 3), keepdim=True) for edge in (channels.amin, channels.amax))",
            ),
        ),
        fails=("maps_scale",),
        teaches="""
`output.min()` is the smallest number of all channels. Then only one channel reaches 0 and one reaches 1, and a
faint one shows nothing. `output.amin(dim=(2, 3), keepdim=True)` has a number for each image and channel.
""",
    ),
    Mistake(
        name="divided-by-the-maximum",
        says="channels are divided by their largest value, without subtracting the smallest one",
        hint="which value has the smallest activation of a channel after your scaling?",
        patch=(replace(FILE, SCALED, "maps[name] = channels / high.abs().clamp(min=TINY)"),),
        other_patches=(
            (replace(FILE, SCALED, "maps[name] = channels * (high > low) / (high - low).clamp(min=TINY)"),),
            (replace(FILE, SCALED, "maps[name] = channels / high.clamp(min=TINY)"),),
        ),
        fails=("maps_scale",),
        teaches="""
x / max brings the largest value to 1 and leaves the smallest anywhere, also below 0. (x - min) / (max - min) brings
both where they belong.
""",
    ),
    Mistake(
        name="sigmoid-for-scaling",
        says="channels are passed through a sigmoid, which keeps them between 0 and 1 but does not reach either",
        hint="what is sigmoid(0), and what should the smallest value of a channel become?",
        patch=(replace(FILE, SCALED, "maps[name] = torch.sigmoid((channels - low) / (high - low).clamp(min=TINY))"),),
        fails=("maps_values", "maps_channels", "maps_scale", "maps_forward", "maps_nested"),
        teaches="""
A sigmoid bends: large activations crowd together near 1. Scaling keeps distances, [1, 2, 5] becomes [0, 0.25, 1].
""",
    ),
    Mistake(
        name="channel-divided-by-zero",
        says="a channel that is the same everywhere becomes NaN: its largest value minus its smallest one is 0",
        hint="what is 0 / 0 in torch?",
        patch=(replace(FILE, SCALED, "maps[name] = (channels - low) / (high - low)"),),
        fails=("maps_constant",),
        teaches="""
A ReLU can silence a channel altogether. Then max - min is 0, and (x - min) / (max - min) is 0 / 0, NaN, which a
plot leaves blank. `(max - min).clamp(min=1e-12)` gives 0.
""",
    ),
    Mistake(
        name="scaled-over-the-batch",
        says="a channel is scaled over all images together: beside a bright image the others fade",
        hint="over which axes do you take the minimum?",
        patch=(
            replace(
                FILE,
                LIMITS,
                "low, high = (edge(dim=(0, 2, 3), keepdim=True) for edge in (channels.amin, channels.amax))",
            ),
        ),
        fails=("maps_images",),
        teaches="""
With `dim=(0, 2, 3)` the limits are those of the whole batch, so the picture of an image depends on its neighbours.
Take `dim=(2, 3)`.
""",
    ),
    Mistake(
        name="first-image-alone",
        says="only the maps of the first image are given",
        hint="what is the first axis of your maps for three images?",
        patch=(replace(FILE, "scores_of(model, images)\n", "scores_of(model, images[:1])\n"),),
        fails=("maps_layers", "maps_images"),
        teaches="""
`output[0]` or `images[0]` is one image. Keep the axis of the images, or go through all of them.
""",
    ),
    Mistake(
        name="layers-chained-by-hand",
        says="the layers are run one after the other, without what the network's forward does between them",
        hint="which calls of torch.nn.functional stand in forward?",
        patch=(
            replace(
                FILE,
                "scores_of(model, images)\n",
                "x = images\n            for layer in list(model.modules())[1:]:\n"
                "                if not isinstance(layer, nn.Sequential | nn.Linear) and x.dim() == 4:\n"
                "                    x = layer(x)\n",
            ),
        ),
        other_patches=(
            (
                replace(
                    FILE,
                    "scores_of(model, images)\n",
                    "x = images\n            for layer in model.children():\n                x = layer(x)\n",
                ),
            ),
        ),
        fails=("maps_forward",),
        teaches="""
`for layer in model.children(): x = layer(x)` runs the modules alone. A `F.relu(x)` or `x.view(...)` that stands in
`forward` is lost, so the second convolution sees other inputs. Register hooks, and run the network itself.
""",
    ),
    Mistake(
        name="top-layers-alone",
        says="layers inside blocks are not found: only the network's own children are looked at",
        hint="what is in model.children() of a network made of two nn.Sequential?",
        patch=(replace(FILE, NAMED, "for name, layer in model.named_children()"),),
        fails=("maps_nested",),
        teaches="""
`named_children()` lists one level. In `nn.Sequential(block1, block2)` these are the blocks, not their convolutions.
`named_modules()` goes all the way down.
""",
    ),
    Mistake(
        name="activations-without-weights",
        says="the activations of all channels are added up, without the weights of the class",
        hint="where does the gradient enter your map?",
        patch=(replace(FILE, HEAT, "heat = F.relu(activations.sum(dim=1, keepdim=True)).detach()"),),
        fails=CAMS,
        teaches="""
The sum of the channels shows where anything is, whatever class is asked for. Grad-CAM multiplies each channel by
how much it raises the score of the class, the mean of its gradient, before it adds up.
""",
    ),
    Mistake(
        name="gradients-without-activations",
        says="the gradient is shown, where it should weigh the activations",
        hint="what do you multiply the weights with?",
        patch=(replace(FILE, HEAT, "heat = F.relu(gradients.sum(dim=1, keepdim=True)).detach()"),),
        fails=CAMS,
        teaches="""
The weights say how much a channel matters, the activations where it answers. Only their product says where there is
something that matters: `(weights * activations).sum(dim=1)`.
""",
    ),
    Mistake(
        name="first-class-always",
        says="the map is that of class 0, whichever class is asked for",
        hint="where does target_class occur in your function?",
        patch=(replace(FILE, "score_of(scores, target_class)", "score_of(scores, 0)"),),
        fails=("cam_class", "cam_negative"),
        teaches="""
`scores[0]` of a batch of one is the row of the image, `scores[0, 0]` the score of class 0. Take `scores[0,
target_class]`.
""",
    ),
    Mistake(
        name="predicted-class-always",
        says="the map is that of the predicted class, whichever class is asked for",
        hint="what does your function do with target_class?",
        patch=(replace(FILE, "score_of(scores, target_class)", "score_of(scores, int(scores.argmax()))"),),
        fails=("cam_class", "cam_negative"),
        teaches="""
`scores.max()` is the score of the class that the network predicts. For an image that is classified wrongly it is
worth looking at the right class too: `scores[0, target_class]`.
""",
    ),
    Mistake(
        name="all-classes-together",
        says="the gradient is that of the sum of all scores",
        hint="what does scores.sum().backward() differentiate?",
        patch=(replace(FILE, "score_of(scores, target_class)", "scores.sum()"),),
        fails=("cam_class", "cam_negative", "cam_regions", "cam_layer", "cam_size"),
        teaches="""
`scores.sum().backward()` and `scores.backward(torch.ones_like(scores))` explain all classes at once. Pick one score
first.
""",
    ),
    Mistake(
        name="absolute-map",
        says="the absolute value of the map is shown: what speaks against the class looks as if it spoke for it",
        hint="what is left at a place whose sum is -2?",
        patch=(replace(FILE, HEAT, "heat = (weights * activations).sum(dim=1, keepdim=True).abs().detach()"),),
        fails=("cam_signs", "cam_weights", "cam_layer", "cam_negative"),
        teaches="""
A negative sum says that the class would be more likely without what is there. The ReLU drops it; `abs()` paints it
as evidence for the class.
""",
    ),
    Mistake(
        name="absolute-weights",
        says="the absolute value of the weights is taken: channels that speak against the class count for it",
        hint="which sign has the weight of a channel that lowers the score?",
        patch=(replace(FILE, WEIGHTS, "weights = gradients.mean(dim=(2, 3), keepdim=True).abs()"),),
        fails=("cam_signs", "cam_negative"),
        teaches="""
A channel that lowers the score has a negative mean gradient, and is subtracted where it is active. With `abs()` it
is added.
""",
    ),
    Mistake(
        name="positive-weights-alone",
        says="negative weights are left out: channels that speak against the class are not subtracted",
        hint="where does your ReLU stand, before the sum or after it?",
        patch=(replace(FILE, WEIGHTS, "weights = F.relu(gradients.mean(dim=(2, 3), keepdim=True))"),),
        fails=("cam_signs",),
        teaches="""
The ReLU of Grad-CAM comes after the sum over the channels: there it drops places in which what speaks against the
class prevails. Before the sum it drops whole channels.
""",
    ),
    Mistake(
        name="map-begun-at-ones",
        says="the sum begins with ones, so that places speak for the class that nothing speaks for",
        hint="with what is your map filled before the loop over the channels?",
        patch=(replace(FILE, HEAT, "heat = F.relu(1 + (weights * activations).sum(dim=1, keepdim=True)).detach()"),),
        fails=("cam_signs",),
        teaches="""
`cam = np.ones(shape)` before `cam += w * channel` adds 1 everywhere, a line that has been copied widely. A place
with the sum -0.5 then counts as 0.5. Begin with zeros.
""",
    ),
    Mistake(
        name="gradient-place-by-place",
        says="gradient and activation are multiplied place by place, without the mean over all places",
        hint="how many weights has one channel in your function?",
        patch=(replace(FILE, WEIGHTS, "weights = gradients"),),
        fails=("cam_weights",),
        teaches="""
In Grad-CAM a channel has one weight, the mean of its gradient. Without the mean it is another method, which looks
the same only in networks that end with an average over all places.
""",
    ),
    Mistake(
        name="positive-gradients-alone",
        says="negative gradients are left out before the mean: what speaks against the class is not subtracted",
        hint="where does your ReLU stand, before the mean or after the sum?",
        patch=(replace(FILE, WEIGHTS, "weights = F.relu(gradients).mean(dim=(2, 3), keepdim=True)"),),
        fails=("cam_signs", "cam_weights"),
        teaches="""
The weight of a channel is the mean of its whole gradient. Without the negative part every weight is positive, so that
no channel can speak against the class. The ReLU of Grad-CAM comes last, after the sum over the channels.
""",
    ),
    Mistake(
        name="mean-over-channels",
        says="the gradient is averaged over the channels of a place, where it should be over the places of a channel",
        hint="which axes does your mean go over, and which shape do the weights have?",
        patch=(replace(FILE, WEIGHTS, "weights = gradients.mean(dim=1, keepdim=True)"),),
        fails=CAMS,
        teaches="""
In (N, K, h, w) the channels are axis 1, the places axes 2 and 3. `mean(dim=1)` gives one weight for each place, alike
for all channels; `mean(dim=(2, 3))` gives one for each channel.
""",
    ),
    Mistake(
        name="weights-from-activations",
        says="the weight of a channel is the mean of its activation, where it should be that of its gradient",
        hint="of which of the two tensors do you take the mean?",
        patch=(replace(FILE, WEIGHTS, "weights = activations.mean(dim=(2, 3), keepdim=True)"),),
        fails=CAMS,
        teaches="""
How strongly a channel answers says nothing of the class that is asked for. How the score changes with it does, and
that is its gradient: `weights = gradients.mean(dim=(2, 3))`.
""",
    ),
    Mistake(
        name="loss-for-the-score",
        says="the gradient is that of the loss, which falls where the score rises: the weights have the wrong sign",
        hint="does cross-entropy rise or fall when the class becomes more likely?",
        patch=(
            replace(
                FILE, "score_of(scores, target_class)", "F.cross_entropy(scores, torch.tensor([int(target_class)]))"
            ),
        ),
        fails=(*CAMS, "keeps_hooks", "keeps_mode", "keeps_images"),
        teaches="""
Cross-entropy is `-log p`: what raises the score lowers the loss. Its gradient weighs each channel with the opposite
sign, and the ReLU drops what should be left. Begin with the score itself, `scores[0, target_class].backward()`.
""",
    ),
    Mistake(
        name="map-inverted",
        says="the map is inverted: what speaks for the class is 0",
        hint="what does your last line give where the sum is largest?",
        patch=(replace(FILE, NORMALISED, "return 1 - heat / heat.max().clamp(min=TINY)"),),
        fails=CAMS,
        teaches="""
A colour map may show large values in blue, and then a right map looks wrong. The numbers are what counts: the
largest where most speaks for the class.
""",
    ),
    Mistake(
        name="gradient-of-the-input",
        says="a backward hook gives the gradient by the layer's input, where that by its output is asked for",
        hint="which of grad_input and grad_output does your hook keep?",
        patch=(
            replace(FILE, "_inputs, output: kept.append(output)", "inputs, output: kept.extend([output, inputs[0]])"),
            replace(FILE, CAM_RUN, CAM_RUN.replace(".requires_grad_()", "")),
            replace(
                FILE,
                "(gradients,) = torch.autograd.grad(score, activations)",
                "gradients = torch.autograd.grad(score, kept[1])[0] if kept[1].requires_grad else None",
            ),
        ),
        fails=(*CAMS, "keeps_hooks", "keeps_mode", "keeps_images"),
        teaches="""
A backward hook is called with `grad_input` and `grad_output`. The second is the gradient by what the layer gives,
with a channel for each of its own; the first is that by what it was given, and None where nothing asked for it.
""",
    ),
    Mistake(
        name="layer-by-its-place",
        says="the layer is taken by its place in one network, and is another one or none in others",
        hint="what is model[3] in a network that has other layers?",
        patch=(replace(FILE, LAYER, "layer = model[3]"),),
        fails=(*CAMS, "keeps_hooks", "keeps_mode", "keeps_images"),
        teaches="""
`model[3]` or `model.conv2` is the last convolution of one network. Go through `model.modules()` and keep the last
`nn.Conv2d`, whatever the network is made of.
""",
    ),
    Mistake(
        name="largest-gradient-for-mean",
        says="the weight of a channel is the largest value of its gradient, not the mean",
        hint="which function makes one number of the gradient of a channel?",
        patch=(replace(FILE, WEIGHTS, "weights = gradients.amax(dim=(2, 3), keepdim=True)"),),
        fails=("cam_weights",),
        teaches="""
The mean (or the sum, which is a scale) says how the score changes where the whole channel rises. The largest value
is that of one place.
""",
    ),
    Mistake(
        name="first-convolution",
        says="the map is that of the first convolutional layer, where the last one is asked for",
        hint="which entry of the list of layers do you take?",
        patch=(replace(FILE, LAYER, "layer = convolutions(model)[0]"),),
        fails=("cam_layer",),
        teaches="""
The first layer sees edges; what belongs to a class is told apart in the last one. Go through `model.modules()` and
keep the last `nn.Conv2d`.
""",
    ),
    Mistake(
        name="convolution-among-the-top-layers",
        says="the last layer is looked for among the network's own children, not inside blocks",
        hint="what is in model.children() of a network made of blocks?",
        patch=(replace(FILE, LAYER, "layer = [part for part in model.children() if isinstance(part, nn.Conv2d)][-1]"),),
        fails=("cam_layer",),
        teaches="""
`model.children()` of a network of blocks lists the blocks. `model.modules()` goes all the way down.
""",
    ),
    Mistake(
        name="map-not-enlarged",
        says="the map has the size of the layer, where it should have that of the image",
        hint="what is the shape of your map for an image of 32 x 32?",
        patch=(replace(FILE, ENLARGED, "heat = heat[0, 0]"),),
        fails=("cam_size",),
        teaches="""
After convolutions and pooling a map of 5 x 5 is left. `F.interpolate(heat, size=image.shape[-2:], mode="bilinear")`
brings it to the size of the image, so that one can be laid over the other.
""",
    ),
    Mistake(
        name="height-and-width-swapped",
        says="height and width of the map are swapped",
        hint="which of (width, height) and (height, width) does your function for resizing take?",
        patch=(replace(FILE, ENLARGED, ENLARGED.replace("image.shape[1:]", "(image.shape[2], image.shape[1])")),),
        other_patches=tuple((enlarged(way, "(image.shape[2], image.shape[1])"),) for way in ("nearest", "bicubic")),
        fails=("cam_size",),
        teaches="""
OpenCV and PIL take (width, height), torch and numpy (height, width). With square images the mistake is not seen.
""",
    ),
    Mistake(
        name="size-written-in",
        says="every map is 32 x 32, whatever size the image has",
        hint="where does 32 come from?",
        patch=(replace(FILE, ENLARGED, ENLARGED.replace("image.shape[1:]", "(32, 32)")),),
        fails=("cam_size",),
        teaches="""
32 is the size of an image of CIFAR-10. `image.shape[-2:]` is that of any image.
""",
    ),
    Mistake(
        name="map-divided-by-zero",
        says="a map in which nothing speaks for the class becomes NaN: it is divided by its largest value, 0",
        hint="what is heat.max() after the ReLU where every sum is negative?",
        patch=(replace(FILE, NORMALISED, "return heat / heat.max()"),),
        fails=("cam_negative",),
        teaches="""
Where every sum is negative, the ReLU leaves zeros, and 0 / 0 is NaN. `heat.max().clamp(min=1e-12)` leaves zeros, as
it should: nothing speaks for the class.
""",
    ),
    Mistake(
        name="lists-swapped",
        says="the examples that are classified wrongly come first",
        hint="which of your two lists do you return first?",
        patch=(replace(FILE, ENOUGH, "return wrong[:n], right[:n]"),),
        fails=("pick_right", "pick_wrong"),
        teaches="""
`right, wrong = pick_examples(model, dataset)`: those that are classified correctly come first.
""",
    ),
    Mistake(
        name="index-within-the-batch",
        says="the indices are places within a batch, not within the dataset",
        hint="to which image does index 3 of the second batch belong?",
        patch=(replace(FILE, SORTED, SORTED.replace("append(index)", "append(index % 2)")),),
        fails=("pick_right", "pick_wrong", "pick_count"),
        teaches="""
`enumerate` over the images of a batch begins at 0 in each batch. Add how many images came before: `batch *
batch_size + place`.
""",
    ),
    Mistake(
        name="right-ones-twice",
        says="the second list holds examples of any kind, not those alone that are classified wrongly",
        hint="which condition must an image meet to get into your second list?",
        patch=(
            replace(
                FILE,
                SORTED,
                "right += [index] if predicted == label else []\n            wrong.append(index)",
            ),
        ),
        fails=("pick_wrong", "pick_count", "pick_shortage"),
        teaches="""
Two `if`s, or an `if` without `else`, let an image into both lists. An image is classified correctly or wrongly.
""",
    ),
    Mistake(
        name="ten-whatever-n",
        says="ten examples of either kind are given, whatever n is",
        hint="where does n occur in your function?",
        patch=(
            replace(
                FILE,
                "if min(len(right), len(wrong)) >= n:",
                "if index == len(dataset) - 1 and min(len(right), len(wrong)) >= n:",
            ),
            replace(FILE, ENOUGH, "return right[:10], wrong[:10]"),
        ),
        fails=("pick_count",),
        teaches="""
n is an argument with the default 10. `right[:n]`, not `right[:10]`.
""",
    ),
    Mistake(
        name="all-there-are",
        says="all examples that were met are given, not n of either kind",
        hint="how long are your lists when the loop ends?",
        patch=(replace(FILE, ENOUGH, "return right, wrong"),),
        fails=("pick_count",),
        teaches="""
Until there are n of the rarer kind, more than n of the other have been met. Cut both: `right[:n], wrong[:n]`.
""",
    ),
    Mistake(
        name="examples-repeated",
        says="examples are drawn with replacement, so that one can come twice",
        hint="does random.choices return different elements?",
        patch=(replace(FILE, ENOUGH, "return [right[place // 2] for place in range(n)], wrong[:n]"),),
        fails=("pick_count",),
        teaches="""
`random.choices` and `randint` draw with replacement. `random.sample(indices, n)` draws different ones.
""",
    ),
    Mistake(
        name="fewer-in-silence",
        says="where there are too few examples, fewer are given and nothing is said",
        hint="what does wrong[:10] give where wrong has 3 entries?",
        patch=(replace(FILE, TOO_FEW, "return right[:n], wrong[:n]"),),
        fails=("pick_shortage",),
        teaches="""
`list[:n]` gives what there is. Whoever plots ten images in a row of three gets blank ones and does not know why.
Compare the lengths with n, and raise an exception that tells both.
""",
    ),
    Mistake(
        name="map-hooks-left",
        says="feature_maps leaves its hooks in the network: they run with every later call",
        hint="who calls remove() on what register_forward_hook returns?",
        patch=(replace(FILE, MAPS_REMOVED, "        pass\n"),),
        fails=("keeps_hooks",),
        teaches="""
A hook stays until `handle.remove()`. After ten calls there are ten, each of which keeps its tensors in memory.
Remove them in `finally`, so that they go when the network raises an exception too.
""",
    ),
    Mistake(
        name="cam-hook-left",
        says="grad_cam leaves its hook in the network: it runs with every later call",
        hint="who calls remove() on what register_forward_hook returns?",
        patch=(replace(FILE, CAM_RUN, CAM_RUN.replace("hook.remove()", "pass")),),
        other_patches=(
            (
                replace(
                    FILE,
                    CAM_RUN,
                    CAM_RUN.replace("hook.remove()", "layer.register_full_backward_hook(lambda *_given: None)"),
                ),
            ),
        ),
        fails=("keeps_hooks",),
        teaches="""
A hook stays until `handle.remove()`, and keeps the activations of the last image in memory. Remove it in `finally`.
""",
    ),
    Mistake(
        name="maps-leave-evaluating",
        says="feature_maps switches the network to evaluation and does not switch it back",
        hint="in which mode is the network when training goes on?",
        patch=(replace(FILE, MAPS_RUN, MAPS_LEFT),),
        fails=("keeps_mode",),
        teaches="""
`model.eval()` stays in force. Who calls you in the middle of training goes on without dropout. Keep
`model.training` and restore it, or use `with evaluating(model):`.
""",
    ),
    Mistake(
        name="cam-leaves-evaluating",
        says="grad_cam switches the network to evaluation and does not switch it back",
        hint="in which mode is the network when training goes on?",
        patch=(replace(FILE, CAM_RUN, CAM_LEFT),),
        fails=("keeps_mode",),
        teaches="""
`model.eval()` stays in force. Keep `model.training` and restore it, or use `with evaluating(model):`.
""",
    ),
    Mistake(
        name="picks-leave-evaluating",
        says="pick_examples switches the network to evaluation and does not switch it back",
        hint="what was model.training before your call?",
        patch=(replace(FILE, PICKS_RUN, PICKS_LEFT),),
        fails=("keeps_mode",),
        teaches="""
`model.eval()` stays in force. Keep `model.training` first, and call `model.train(before)` at the end.
""",
    ),
    Mistake(
        name="left-evaluating",
        says="all three functions switch the network to evaluation and do not switch it back",
        hint="in which mode is the network when training goes on?",
        patch=(
            replace(FILE, MAPS_RUN, MAPS_LEFT),
            replace(FILE, CAM_RUN, CAM_LEFT),
            replace(FILE, PICKS_RUN, PICKS_LEFT),
        ),
        fails=("keeps_mode",),
        teaches="""
`model.eval()` stays in force. Keep `model.training` and restore it, or use `with evaluating(model):`.
""",
    ),
    Mistake(
        name="left-training",
        says="all three functions switch the network to training at the end, whatever it did before",
        hint="what was model.training before your call?",
        patch=(
            replace(FILE, MAPS_REMOVED, MAPS_REMOVED + "        model.train()\n"),
            replace(FILE, CAM_RUN, CAM_RUN + "    model.train()\n"),
            replace(FILE, SORTED, SORTED + "\n            model.train()"),
        ),
        fails=("keeps_mode",),
        teaches="""
Who calls you with a network that evaluates gets one that drops values. Keep `model.training` and restore that.
""",
    ),
    Mistake(
        name="image-scaled-in-place",
        says="grad_cam writes into the caller's image",
        hint="what do -= and /= do to a tensor that belongs to the caller?",
        patch=(replace(FILE, NORMALISED, f"image -= 9\n    {NORMALISED}"),),
        fails=("keeps_images",),
        teaches="""
`image -= image.min()` changes the image of whoever called you, and so their dataset. `image = image - image.min()`
makes a new one.
""",
    ),
    Mistake(
        name="images-scaled-in-place",
        says="feature_maps writes into the caller's images",
        hint="what do -= and /= do to a tensor that belongs to the caller?",
        patch=(replace(FILE, "return maps\n", "images -= 9\n    return maps\n"),),
        fails=("keeps_images",),
        teaches="""
`images -= images.min()` changes the images of whoever called you. `images = images - images.min()` makes new ones.
""",
    ),
)

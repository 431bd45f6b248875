NORMALISATIONS = ("batch_norm", "group_norm", "instance_norm", "layer_norm")

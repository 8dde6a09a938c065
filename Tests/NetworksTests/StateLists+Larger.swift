/// Lists of torchvision's larger networks, printed from its `state_dict`s.
///
/// A path behind a shape is the batch normalisation that follows, of as many channels as the first extent: its weight,
/// bias, mean and variance.
extension StateLists {
  /// torchvision's `resnet34()`.
  static let resNet34 = """
    conv1.weight [64, 3, 7, 7] bn1
    layer1.0.conv1.weight [64, 64, 3, 3] layer1.0.bn1
    layer1.0.conv2.weight [64, 64, 3, 3] layer1.0.bn2
    layer1.1.conv1.weight [64, 64, 3, 3] layer1.1.bn1
    layer1.1.conv2.weight [64, 64, 3, 3] layer1.1.bn2
    layer1.2.conv1.weight [64, 64, 3, 3] layer1.2.bn1
    layer1.2.conv2.weight [64, 64, 3, 3] layer1.2.bn2
    layer2.0.conv1.weight [128, 64, 3, 3] layer2.0.bn1
    layer2.0.conv2.weight [128, 128, 3, 3] layer2.0.bn2
    layer2.0.downsample.0.weight [128, 64, 1, 1] layer2.0.downsample.1
    layer2.1.conv1.weight [128, 128, 3, 3] layer2.1.bn1
    layer2.1.conv2.weight [128, 128, 3, 3] layer2.1.bn2
    layer2.2.conv1.weight [128, 128, 3, 3] layer2.2.bn1
    layer2.2.conv2.weight [128, 128, 3, 3] layer2.2.bn2
    layer2.3.conv1.weight [128, 128, 3, 3] layer2.3.bn1
    layer2.3.conv2.weight [128, 128, 3, 3] layer2.3.bn2
    layer3.0.conv1.weight [256, 128, 3, 3] layer3.0.bn1
    layer3.0.conv2.weight [256, 256, 3, 3] layer3.0.bn2
    layer3.0.downsample.0.weight [256, 128, 1, 1] layer3.0.downsample.1
    layer3.1.conv1.weight [256, 256, 3, 3] layer3.1.bn1
    layer3.1.conv2.weight [256, 256, 3, 3] layer3.1.bn2
    layer3.2.conv1.weight [256, 256, 3, 3] layer3.2.bn1
    layer3.2.conv2.weight [256, 256, 3, 3] layer3.2.bn2
    layer3.3.conv1.weight [256, 256, 3, 3] layer3.3.bn1
    layer3.3.conv2.weight [256, 256, 3, 3] layer3.3.bn2
    layer3.4.conv1.weight [256, 256, 3, 3] layer3.4.bn1
    layer3.4.conv2.weight [256, 256, 3, 3] layer3.4.bn2
    layer3.5.conv1.weight [256, 256, 3, 3] layer3.5.bn1
    layer3.5.conv2.weight [256, 256, 3, 3] layer3.5.bn2
    layer4.0.conv1.weight [512, 256, 3, 3] layer4.0.bn1
    layer4.0.conv2.weight [512, 512, 3, 3] layer4.0.bn2
    layer4.0.downsample.0.weight [512, 256, 1, 1] layer4.0.downsample.1
    layer4.1.conv1.weight [512, 512, 3, 3] layer4.1.bn1
    layer4.1.conv2.weight [512, 512, 3, 3] layer4.1.bn2
    layer4.2.conv1.weight [512, 512, 3, 3] layer4.2.bn1
    layer4.2.conv2.weight [512, 512, 3, 3] layer4.2.bn2
    fc.weight [1000, 512]
    fc.bias [1000]
    """

  /// torchvision's `resnet50()`.
  static let resNet50 = """
    conv1.weight [64, 3, 7, 7] bn1
    layer1.0.conv1.weight [64, 64, 1, 1] layer1.0.bn1
    layer1.0.conv2.weight [64, 64, 3, 3] layer1.0.bn2
    layer1.0.conv3.weight [256, 64, 1, 1] layer1.0.bn3
    layer1.0.downsample.0.weight [256, 64, 1, 1] layer1.0.downsample.1
    layer1.1.conv1.weight [64, 256, 1, 1] layer1.1.bn1
    layer1.1.conv2.weight [64, 64, 3, 3] layer1.1.bn2
    layer1.1.conv3.weight [256, 64, 1, 1] layer1.1.bn3
    layer1.2.conv1.weight [64, 256, 1, 1] layer1.2.bn1
    layer1.2.conv2.weight [64, 64, 3, 3] layer1.2.bn2
    layer1.2.conv3.weight [256, 64, 1, 1] layer1.2.bn3
    layer2.0.conv1.weight [128, 256, 1, 1] layer2.0.bn1
    layer2.0.conv2.weight [128, 128, 3, 3] layer2.0.bn2
    layer2.0.conv3.weight [512, 128, 1, 1] layer2.0.bn3
    layer2.0.downsample.0.weight [512, 256, 1, 1] layer2.0.downsample.1
    layer2.1.conv1.weight [128, 512, 1, 1] layer2.1.bn1
    layer2.1.conv2.weight [128, 128, 3, 3] layer2.1.bn2
    layer2.1.conv3.weight [512, 128, 1, 1] layer2.1.bn3
    layer2.2.conv1.weight [128, 512, 1, 1] layer2.2.bn1
    layer2.2.conv2.weight [128, 128, 3, 3] layer2.2.bn2
    layer2.2.conv3.weight [512, 128, 1, 1] layer2.2.bn3
    layer2.3.conv1.weight [128, 512, 1, 1] layer2.3.bn1
    layer2.3.conv2.weight [128, 128, 3, 3] layer2.3.bn2
    layer2.3.conv3.weight [512, 128, 1, 1] layer2.3.bn3
    layer3.0.conv1.weight [256, 512, 1, 1] layer3.0.bn1
    layer3.0.conv2.weight [256, 256, 3, 3] layer3.0.bn2
    layer3.0.conv3.weight [1024, 256, 1, 1] layer3.0.bn3
    layer3.0.downsample.0.weight [1024, 512, 1, 1] layer3.0.downsample.1
    layer3.1.conv1.weight [256, 1024, 1, 1] layer3.1.bn1
    layer3.1.conv2.weight [256, 256, 3, 3] layer3.1.bn2
    layer3.1.conv3.weight [1024, 256, 1, 1] layer3.1.bn3
    layer3.2.conv1.weight [256, 1024, 1, 1] layer3.2.bn1
    layer3.2.conv2.weight [256, 256, 3, 3] layer3.2.bn2
    layer3.2.conv3.weight [1024, 256, 1, 1] layer3.2.bn3
    layer3.3.conv1.weight [256, 1024, 1, 1] layer3.3.bn1
    layer3.3.conv2.weight [256, 256, 3, 3] layer3.3.bn2
    layer3.3.conv3.weight [1024, 256, 1, 1] layer3.3.bn3
    layer3.4.conv1.weight [256, 1024, 1, 1] layer3.4.bn1
    layer3.4.conv2.weight [256, 256, 3, 3] layer3.4.bn2
    layer3.4.conv3.weight [1024, 256, 1, 1] layer3.4.bn3
    layer3.5.conv1.weight [256, 1024, 1, 1] layer3.5.bn1
    layer3.5.conv2.weight [256, 256, 3, 3] layer3.5.bn2
    layer3.5.conv3.weight [1024, 256, 1, 1] layer3.5.bn3
    layer4.0.conv1.weight [512, 1024, 1, 1] layer4.0.bn1
    layer4.0.conv2.weight [512, 512, 3, 3] layer4.0.bn2
    layer4.0.conv3.weight [2048, 512, 1, 1] layer4.0.bn3
    layer4.0.downsample.0.weight [2048, 1024, 1, 1] layer4.0.downsample.1
    layer4.1.conv1.weight [512, 2048, 1, 1] layer4.1.bn1
    layer4.1.conv2.weight [512, 512, 3, 3] layer4.1.bn2
    layer4.1.conv3.weight [2048, 512, 1, 1] layer4.1.bn3
    layer4.2.conv1.weight [512, 2048, 1, 1] layer4.2.bn1
    layer4.2.conv2.weight [512, 512, 3, 3] layer4.2.bn2
    layer4.2.conv3.weight [2048, 512, 1, 1] layer4.2.bn3
    fc.weight [1000, 2048]
    fc.bias [1000]
    """

  /// torchvision's `mobilenet_v2()`.
  static let mobileNetV2 = """
    features.0.0.weight [32, 3, 3, 3] features.0.1
    features.1.conv.0.0.weight [32, 1, 3, 3] features.1.conv.0.1
    features.1.conv.1.weight [16, 32, 1, 1] features.1.conv.2
    features.2.conv.0.0.weight [96, 16, 1, 1] features.2.conv.0.1
    features.2.conv.1.0.weight [96, 1, 3, 3] features.2.conv.1.1
    features.2.conv.2.weight [24, 96, 1, 1] features.2.conv.3
    features.3.conv.0.0.weight [144, 24, 1, 1] features.3.conv.0.1
    features.3.conv.1.0.weight [144, 1, 3, 3] features.3.conv.1.1
    features.3.conv.2.weight [24, 144, 1, 1] features.3.conv.3
    features.4.conv.0.0.weight [144, 24, 1, 1] features.4.conv.0.1
    features.4.conv.1.0.weight [144, 1, 3, 3] features.4.conv.1.1
    features.4.conv.2.weight [32, 144, 1, 1] features.4.conv.3
    features.5.conv.0.0.weight [192, 32, 1, 1] features.5.conv.0.1
    features.5.conv.1.0.weight [192, 1, 3, 3] features.5.conv.1.1
    features.5.conv.2.weight [32, 192, 1, 1] features.5.conv.3
    features.6.conv.0.0.weight [192, 32, 1, 1] features.6.conv.0.1
    features.6.conv.1.0.weight [192, 1, 3, 3] features.6.conv.1.1
    features.6.conv.2.weight [32, 192, 1, 1] features.6.conv.3
    features.7.conv.0.0.weight [192, 32, 1, 1] features.7.conv.0.1
    features.7.conv.1.0.weight [192, 1, 3, 3] features.7.conv.1.1
    features.7.conv.2.weight [64, 192, 1, 1] features.7.conv.3
    features.8.conv.0.0.weight [384, 64, 1, 1] features.8.conv.0.1
    features.8.conv.1.0.weight [384, 1, 3, 3] features.8.conv.1.1
    features.8.conv.2.weight [64, 384, 1, 1] features.8.conv.3
    features.9.conv.0.0.weight [384, 64, 1, 1] features.9.conv.0.1
    features.9.conv.1.0.weight [384, 1, 3, 3] features.9.conv.1.1
    features.9.conv.2.weight [64, 384, 1, 1] features.9.conv.3
    features.10.conv.0.0.weight [384, 64, 1, 1] features.10.conv.0.1
    features.10.conv.1.0.weight [384, 1, 3, 3] features.10.conv.1.1
    features.10.conv.2.weight [64, 384, 1, 1] features.10.conv.3
    features.11.conv.0.0.weight [384, 64, 1, 1] features.11.conv.0.1
    features.11.conv.1.0.weight [384, 1, 3, 3] features.11.conv.1.1
    features.11.conv.2.weight [96, 384, 1, 1] features.11.conv.3
    features.12.conv.0.0.weight [576, 96, 1, 1] features.12.conv.0.1
    features.12.conv.1.0.weight [576, 1, 3, 3] features.12.conv.1.1
    features.12.conv.2.weight [96, 576, 1, 1] features.12.conv.3
    features.13.conv.0.0.weight [576, 96, 1, 1] features.13.conv.0.1
    features.13.conv.1.0.weight [576, 1, 3, 3] features.13.conv.1.1
    features.13.conv.2.weight [96, 576, 1, 1] features.13.conv.3
    features.14.conv.0.0.weight [576, 96, 1, 1] features.14.conv.0.1
    features.14.conv.1.0.weight [576, 1, 3, 3] features.14.conv.1.1
    features.14.conv.2.weight [160, 576, 1, 1] features.14.conv.3
    features.15.conv.0.0.weight [960, 160, 1, 1] features.15.conv.0.1
    features.15.conv.1.0.weight [960, 1, 3, 3] features.15.conv.1.1
    features.15.conv.2.weight [160, 960, 1, 1] features.15.conv.3
    features.16.conv.0.0.weight [960, 160, 1, 1] features.16.conv.0.1
    features.16.conv.1.0.weight [960, 1, 3, 3] features.16.conv.1.1
    features.16.conv.2.weight [160, 960, 1, 1] features.16.conv.3
    features.17.conv.0.0.weight [960, 160, 1, 1] features.17.conv.0.1
    features.17.conv.1.0.weight [960, 1, 3, 3] features.17.conv.1.1
    features.17.conv.2.weight [320, 960, 1, 1] features.17.conv.3
    features.18.0.weight [1280, 320, 1, 1] features.18.1
    classifier.1.weight [1000, 1280]
    classifier.1.bias [1000]
    """
}

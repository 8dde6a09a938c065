/// The networks that cases may name, with the parameter paths of their definitions in PyTorch.
///
/// - Source: torchvision's ResNet and MobileNetV2 (He et al. 2016, arXiv 1512.03385, table 1; Sandler et al. 2018,
///   arXiv 1801.04381, table 2) with dropout 0; MobileNet-v1 by Howard et al. 2017, arXiv 1704.04861, table 1.
enum ReferenceNetwork: String {
  case mobileNetV1 = "mobilenet_v1"
  case mobileNetV2 = "mobilenet_v2"
  case resNet18 = "resnet18"
  case resNet34 = "resnet34"
  case resNet50 = "resnet50"

  /// Class scores of the images `x`, one pixel an image.
  func scores<Scalar>(
    _ x: ReferenceValue<Scalar>, _ pass: ReferencePass<Scalar>, width: Double, classes: Int
  ) -> ReferenceValue<Scalar> {
    switch self {
    case .mobileNetV1: pass.mobileNetV1(x, width: width, classes: classes)
    case .mobileNetV2: pass.mobileNetV2(x, width: width, classes: classes)
    case .resNet18: pass.resNet(x, blocks: [2, 2, 2, 2], isBottleneck: false, width: width, classes: classes)
    case .resNet34: pass.resNet(x, blocks: [3, 4, 6, 3], isBottleneck: false, width: width, classes: classes)
    case .resNet50: pass.resNet(x, blocks: [3, 4, 6, 3], isBottleneck: true, width: width, classes: classes)
    }
  }
}

extension ReferencePass {
  /// A convolution padded to keep the extent at stride 1, and its normalisation.
  private func normalized(
    _ x: Value, _ convolution: String, _ normalization: String, outputs: Int, kernel: Int, stride: Int = 1,
    isDepthwise: Bool = false
  ) -> Value {
    let window = ReferenceWindow(kernel: kernel, stride: stride, padding: kernel / 2)
    let y = self.convolution(x, convolution, outputs: outputs, window, isDepthwise: isDepthwise)
    return batchNormalization(y, normalization)
  }

  fileprivate func resNet(_ images: Value, blocks: [Int], isBottleneck: Bool, width: Double, classes: Int) -> Value {
    func channels(_ count: Int) -> Int { max(8, Int(Double(count) * width)) }
    var x = rectified(normalized(images, "conv1", "bn1", outputs: channels(64), kernel: 7, stride: 2))
    x = maxPooling(x, ReferenceWindow(kernel: 3, stride: 2, padding: 1))
    for (stage, count) in blocks.enumerated() {
      for block in 0..<count {
        x = residualBlock(
          x, "layer\(stage + 1).\(block)", channels: channels(64 << stage), isBottleneck: isBottleneck,
          stride: stage > 0 && block == 0 ? 2 : 1)
      }
    }
    return linear(globalAveragePooling(x), "fc", outputs: classes)
  }

  private func residualBlock(_ x: Value, _ path: String, channels: Int, isBottleneck: Bool, stride: Int) -> Value {
    let outputs = isBottleneck ? 4 * channels : channels
    func layer(_ x: Value, _ number: Int, outputs: Int, kernel: Int, stride: Int = 1) -> Value {
      normalized(x, "\(path).conv\(number)", "\(path).bn\(number)", outputs: outputs, kernel: kernel, stride: stride)
    }
    var y: Value
    if isBottleneck {
      y = rectified(layer(x, 1, outputs: channels, kernel: 1))
      y = rectified(layer(y, 2, outputs: channels, kernel: 3, stride: stride))
      y = layer(y, 3, outputs: outputs, kernel: 1)
    } else {
      y = rectified(layer(x, 1, outputs: channels, kernel: 3, stride: stride))
      y = layer(y, 2, outputs: outputs, kernel: 3)
    }
    guard stride != 1 || x.images.channels != outputs else { return rectified(sum(y, x)) }
    let shortcut = normalized(
      x, "\(path).downsample.0", "\(path).downsample.1", outputs: outputs, kernel: 1, stride: stride)
    return rectified(sum(y, shortcut))
  }

  fileprivate func mobileNetV1(_ images: Value, width: Double, classes: Int) -> Value {
    func channels(_ count: Int) -> Int { max(8, Int(Double(count) * width)) }
    var x = rectified(
      normalized(images, "features.0.0", "features.0.1", outputs: channels(32), kernel: 3, stride: 2))
    let blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + Array(repeating: (512, 1), count: 5)
    for (index, (outputs, stride)) in (blocks + [(1024, 2), (1024, 1)]).enumerated() {
      let path = "features.\(index + 1)"
      x = rectified(
        normalized(
          x, "\(path).0", "\(path).1", outputs: x.images.channels, kernel: 3, stride: stride, isDepthwise: true))
      x = rectified(normalized(x, "\(path).3", "\(path).4", outputs: channels(outputs), kernel: 1))
    }
    return linear(globalAveragePooling(x), "classifier", outputs: classes)
  }

  fileprivate func mobileNetV2(_ images: Value, width: Double, classes: Int) -> Value {
    /// The multiple of 8 nearest to the count, but not less than nine tenths of it.
    func channels(_ count: Int, _ width: Double) -> Int {
      let exact = Double(count) * width
      let rounded = max(8, Int(exact + 4) / 8 * 8)
      return Double(rounded) < 0.9 * exact ? rounded + 8 : rounded
    }
    var x = rectified(
      normalized(images, "features.0.0", "features.0.1", outputs: channels(32, width), kernel: 3, stride: 2), cap: 6)
    let stages: [(expansion: Int, outputs: Int, count: Int, stride: Int)] = [
      (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]
    var block = 1
    for stage in stages {
      for number in 0..<stage.count {
        x = invertedResidual(
          x, "features.\(block).conv", expansion: stage.expansion, outputs: channels(stage.outputs, width),
          stride: number == 0 ? stage.stride : 1)
        block += 1
      }
    }
    let last = "features.\(block)"
    x = rectified(
      normalized(x, "\(last).0", "\(last).1", outputs: channels(1280, max(1, width)), kernel: 1), cap: 6)
    return linear(globalAveragePooling(x), "classifier.1", outputs: classes)
  }

  private func invertedResidual(_ x: Value, _ path: String, expansion: Int, outputs: Int, stride: Int) -> Value {
    let hidden = x.images.channels * expansion
    var (y, layer) = (x, 0)
    if expansion != 1 {
      y = rectified(normalized(y, "\(path).0.0", "\(path).0.1", outputs: hidden, kernel: 1), cap: 6)
      layer = 1
    }
    y = rectified(
      normalized(
        y, "\(path).\(layer).0", "\(path).\(layer).1", outputs: hidden, kernel: 3, stride: stride, isDepthwise: true),
      cap: 6)
    y = normalized(y, "\(path).\(layer + 1)", "\(path).\(layer + 2)", outputs: outputs, kernel: 1)
    return stride == 1 && x.images.channels == outputs ? sum(x, y) : y
  }
}

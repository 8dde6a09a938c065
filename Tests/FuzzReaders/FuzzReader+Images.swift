import Datasets

extension FuzzReader {
  private static let colour = ImageShape(channels: 3, height: 4, width: 4)
  private static let grey = ImageShape(channels: 1, height: 4, width: 4)

  static let images = [
    FuzzReader(
      name: "png", tokens: ["IHDR", "IDAT", "IEND", "PLTE", "tRNS", "gAMA", "iCCP", "zTXt", "\u{89}PNG\r\n\u{1A}\n"]
    ) { _ in
      { input in
        let shape = input.role == "grey" ? grey : colour
        let pixels = try PNG.decode(input.data, shape: shape)
        try require(pixels.count == shape.count, "\(pixels.count) pixels of \(shape.count)")
      }
    },
    FuzzReader(name: "portable-map", tokens: ["P5", "P6", "#", "\n", "255", "65535", "99999999", "4 4"]) { _ in
      { input in
        let (pixels, shape) = try PortableMap.decode(input.data, mostPixels: 1 << 16)
        try require(
          pixels.count == shape.count && shape.height * shape.width <= 1 << 16, "\(pixels.count) pixels of \(shape)")
      }
    },
    FuzzReader(name: "idx", tokens: ["\0\0\u{8}\u{1}", "\0\0\u{8}\u{3}"]) { _ in
      { input in
        let shape = input.role.hasPrefix("labels") ? [5] : [3, 4, 4]
        let elements = try IDX.read(input.data, isCompressed: input.role.hasSuffix(".gz"), shape: shape)
        try require(elements.count == shape.reduce(1, *), "\(elements.count) elements for shape \(shape)")
      }
    },
    FuzzReader(name: "image-task", tokens: jsonTokens + ["iVBORw0KGgo", "target_scores", "input", "cat"]) { _ in
      let content = ImageContent(
        shape: colour, classCount: 2, classes: ["cat", "dog"], partition: .stratifiedFolds(examples: 2, folds: 2))
      return { input in
        let (pixels, labels) = try ImageTask.decode(
          input.data, file: "task.json", dataset: "pets", images: content, progress: { _ in true })
        try require(pixels.count == 2 * colour.count && labels.allSatisfy { $0 < 2 }, "labels \(labels)")
      }
    },
  ]
}

import COneDNN

/// Copy of activations of a frozen network into another layout.
///
/// - Shapes: those of the layouts, which are equal, or of images of one pixel [N, C, 1, 1] and planes [1, C, 1, N].
package final class LayoutChange {
  package let input: ImageLayout
  package let output: ImageLayout
  private let source: Layout
  private let target: Layout
  private let primitive: FixedPrimitive

  package init(from input: ImageLayout, to output: ImageLayout) {
    (self.input, self.output) = (input, output)
    source = Self.view(of: input, beside: output)
    target = Self.view(of: output, beside: input)
    precondition(source.extents == target.extents, "layout change of \(input.shape) to \(output.shape)")
    primitive = FixedPrimitive(PrimitiveDescriptor(reorderFrom: source, to: target), constants: [])
  }

  /// - Precondition: the activations lie in the layouts that this was made for and share no memory.
  package func run(_ input: ImagePlanes, into output: ImagePlanes) {
    precondition(
      input.layout == self.input && output.layout == self.output,
      "layout change of \(self.input.shape): input \(input.shape), output \(output.shape)")
    unsafe primitive.run((DNNL_ARG_FROM, input.view(source)), (DNNL_ARG_TO, output.view(target)))
  }

  private static func view(of layout: ImageLayout, beside other: ImageLayout) -> Layout {
    layout.isPlanes && layout.shape != other.shape ? layout.asImages : layout.layout
  }
}

import COneDNN

extension Layout {
  private static let knownChannelsLast = PlanCache<Shape, Layout>()

  /// Layout of images [N, C, H, W] with the channels of a pixel side by side.
  static func channelsLast(_ shape: Shape) -> Layout {
    knownChannelsLast.plan(for: shape) { shape in
      let (channels, height, width) = (shape[1], shape[2], shape[3])
      let strides = [height * width * channels, 1, width * channels, channels].map { dnnl_dim_t($0) }
      var descriptor = dnnl_memory_desc_t()
      let dimensions = shape.extents.map { dnnl_dim_t($0) }
      unsafe check(
        dnnl_memory_desc_init_by_strides(&descriptor, 4, dimensions, dnnl_f32, strides),
        "dnnl_memory_desc_init_by_strides"
      )
      return interned(descriptor)
    }
  }
}

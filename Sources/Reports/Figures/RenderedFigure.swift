import Foundation
import Planning

/// A figure with its data, or the reason why there is none.
struct RenderedFigure: Sendable {
  let kind: Plan.Figure
  let title: String
  /// What the figure shows and how to read it, in plain text.
  let caption: String
  /// Nil if no run has the data yet.
  let image: Image?

  /// What was drawn, its size in pixels, and the numbers in it.
  struct Image: Sendable {
    var png: Data
    var width: Int
    var height: Int
    var csv: Data
  }

  init(_ kind: Plan.Figure, of data: ReportData) throws(ReportError) {
    self.kind = kind
    let drawn: (canvas: Canvas, csv: CSVDocument)?
    switch kind {
    case .accuracyVersusSparsity:
      title = AccuracyFigure(data).title
      caption =
        "Small dots are replicates, large markers their means, bars (a band for dense) two-sided 95 % intervals of the "
        + "mean, none where n = 1; a bar far longer than the spread of the points is cut at the edge. Markers of different methods stand side by side at one sparsity so that they do not cover one "
        + "another."
      drawn = AccuracyFigure(data).draw()
    case .accuracyVersusLatency:
      title = LatencyFigure(data).title
      caption =
        "A marker an arm: its mean over replicates, and the median time that one example took in the inference plan of the "
        + "measured replicate; bars reach from the first to the third quartile over rounds, and are cut at the edge where "
        + "they are far longer than the spread of the markers. Lines join the arms of one method by rising sparsity."
      drawn = LatencyFigure(data).draw()
    case .curves:
      title = "Training and test curves"
      caption =
        "A line a replicate, coloured by method. Series of more than \(CurvesFigure.longest) points are averaged in "
        + "\(CurvesFigure.longest) stretches of equal length. An axis marked as cut ends below the highest losses."
      drawn = CurvesFigure(data).draw()
    case .sparsityOverTraining:
      title = "Sparsity and threshold over training"
      caption =
        "Above: share of prunable weights removed, a line a replicate; thin dotted lines are the schedule; methods "
        + "on one schedule coincide, the last drawn on top. Below: the "
        + "magnitude threshold, median over layers and replicates, shaded from the first to the third quartile."
      drawn = ScheduleFigure(data).draw()
    case .sparsityByLayer:
      title = "Sparsity a layer"
      caption = "Mean over replicates at the end of training; bars reach from the lowest to the highest replicate."
      drawn = LayerFigure(data).draw()
    case .sparsityByLayerAndStep:
      title = "Sparsity by layer and step"
      caption =
        "The first finished replicate of each pruned arm: a row a prunable layer, from input to output; the colour is "
        + "the share of its weights removed, as counted at the right edge of each column. Of more than "
        + "\(LayerStepFigure.longest) steps the last of each of \(LayerStepFigure.longest) stretches is shown. Not every "
        + "row has room for its name; the data have all."
      drawn = LayerStepFigure(data).draw()
    case .sparsityByMatrix:
      title = "Sparsity a matrix"
      caption =
        "Mean over replicates at the end of training, in percent; columns are the encoder's layers from 0. Empty cells "
        + "are of matrices that lose what others drop, with heads and rows."
      drawn = MatrixFigure(data).draw()
    case .sequenceLengths:
      title = "Texts by their tokens"
      caption =
        "Counts of texts after splitting and cutting, the marks at their ends included, as one run saw them; other "
        + "replicates divide the same texts differently."
      drawn = LengthFigure(data).draw()
    case .claims:
      title = "Claims"
      caption =
        "A row a claim: the mean of the paired differences and its two-sided 95 % interval by Student's t, none where "
        + "n = 1; small dots are the pairs, the dashed upright line the margin asked for where it is not zero. An arrow "
        + "ends an interval that goes on outside the plot. Verdicts are those of the tables of claims."
      drawn = try ClaimFigure(data).draw()
    }
    guard let drawn else {
      image = nil
      return
    }
    image = Image(
      png: try drawn.canvas.png(figure: kind.rawValue), width: Int(drawn.canvas.width),
      height: Int(drawn.canvas.height), csv: drawn.csv.data)
  }

  /// The PNG and the CSV; empty if nothing was drawn.
  var files: [ReportFile] {
    guard let image else { return [] }
    return [
      ReportFile(name: "\(kind.rawValue).png", bytes: image.png),
      ReportFile(name: "\(kind.rawValue).csv", bytes: image.csv),
    ]
  }

  /// The figure as markdown.
  var markdown: String {
    guard image != nil else {
      return "**\(title).** *Not drawn: no finished run has the data for it yet.*"
    }
    return """
      ![\(title)](\(kind.rawValue).png)

      **\(title).** \(Markdown.escaped(caption)) Data: [\(kind.rawValue).csv](\(kind.rawValue).csv).
      """
  }
}

//! The bench of execution as a picture: a line for each program, a dot for each engine.

use super::{Result, report::Report};
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};
use std::path::Path;

/// Pixels of the picture, and of the line of one program.
const WIDTH: u32 = 1000;
const LINE: u32 = 22;
/// Pixels above the plot and below.
const ABOVE: u32 = 90;
const BELOW: u32 = 60;
/// Colours of the engines in their order: distinguishable by the colour-blind (Okabe and Ito, 2008).
const COLOURS: &[RGBColor] = &[
    RGBColor(213, 94, 0),
    RGBColor(0, 114, 178),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

/// Draws the times by those of native code, or of our engine where there is none, into an SVG file.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn draw(report: &Report, path: &Path) -> Result<()> {
    let has_native = report.engines.iter().any(|engine| engine.name == "native");
    let by = if has_native { "native" } else { report.ours() };
    // The dots of each engine from left to right, and which line they stand in.
    let mut lines: Vec<String> = report.programs.iter().map(|row| row.name.clone()).collect();
    lines.push("geomean".into());
    let last = lines.len() - 1;
    let dots = |engine: &str| -> Vec<(f64, usize)> {
        let programs = report.programs.iter().enumerate();
        let programs = programs.filter_map(|(at, row)| Some((row.ratio(engine, by)?, at)));
        programs.chain([(report.geomean(engine, by), last)]).collect()
    };
    let all = report.engines.iter().flat_map(|engine| dots(&engine.name));
    let (low, high) = all.fold((1.0, 1.0), |(low, high): (f64, f64), (x, _)| (low.min(x), high.max(x)));

    // CAST: a few dozen lines.
    let height = ABOVE + LINE * lines.len() as u32 + BELOW;
    let area = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin_top(ABOVE)
        .margin_right(20)
        .set_label_area_size(LabelAreaPosition::Left, 120)
        .set_label_area_size(LabelAreaPosition::Bottom, BELOW)
        // Lines count from the top, half a line of air at both ends.
        .build_cartesian_2d((low * 0.9..high * 1.1).log_scale(), last as f64 + 0.5..-0.5)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc(format!("processor time by that of {by}, logarithmic; left is faster"))
        .x_label_formatter(&|x| format!("{x}x"))
        .x_labels(10)
        .y_labels(0)
        .draw()?;
    let label = |pos: HPos| ("sans-serif", 13).into_font().color(&BLACK).pos(Pos::new(pos, VPos::Center));
    let plot = chart.plotting_area();
    for (at, name) in lines.iter().enumerate() {
        let (left, y) = plot.map_coordinate(&(low * 0.9, at as f64));
        area.draw(&PathElement::new(vec![(left, y), (WIDTH as i32 - 20, y)], BLACK.mix(0.12)))?;
        area.draw(&Text::new(name.as_str(), (left - 8, y), label(HPos::Right)))?;
    }
    for (engine, colour) in report.engines.iter().zip(COLOURS.iter().cycle()) {
        for (x, at) in dots(&engine.name) {
            plot.draw(&Circle::new((x, at as f64), if at == last { 6 } else { 4 }, colour.filled()))?;
        }
    }
    let title = format!("{}, commit {}", report.machine.cpu(), report.machine.commit());
    area.draw(&Text::new("Programs of testsuite/guests, by engine", (20, 14), ("sans-serif", 20)))?;
    area.draw(&Text::new(title, (20, 38), ("sans-serif", 13)))?;
    // The legend, in columns below the title.
    for ((at, engine), colour) in (0..).zip(&report.engines).zip(COLOURS.iter().cycle()) {
        let x = 28 + 160 * at;
        area.draw(&Circle::new((x, 70), 5, colour.filled()))?;
        let mean = report.geomean(&engine.name, by);
        area.draw(&Text::new(format!("{} ({mean:.2}x)", engine.name), (x + 12, 70), label(HPos::Left)))?;
    }
    area.present()?;
    Ok(())
}

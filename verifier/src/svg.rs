//! A control-flow graph as a picture, without graphviz.
//!
//! Small graphs are laid out in layers by `layout-rs`, drawn through its backend trait. Its time
//! grows with the cube of the graph (up to 0.4 s at 60 blocks), so larger graphs are drawn as one
//! column in the order of the module, like a listing: edges forward run along the right side, back
//! edges along the left, and each takes the innermost free lane.

use std::collections::HashSet;
use std::fmt::Write;

use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::format::{ClipHandle, RenderBackend};
use layout::core::geometry::Point;
use layout::core::style::{LineStyleKind, StyleAttr};
use layout::std_shapes::shapes::{Arrow, Element, LineEndKind, ShapeKind};
use layout::topo::layout::VisualGraph;

use crate::cfg::Cfg;
use crate::dot::{BACK_COLOUR, EDGE_COLOUR, edge_label};

/// Largest graph that is laid out in layers, in blocks.
const MAX_LAYERED_BLOCKS: usize = 48;

const FONT: usize = 11;
/// Width of a character of the font, in pixels, rounded up.
const CHAR: f64 = 6.9;
const LINE: f64 = 14.0;
const PAD: f64 = 6.0;

impl Cfg {
    /// The graph as a complete SVG document.
    pub fn to_svg(&self) -> String {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", self.svg_element())
    }

    /// The graph as an `svg` element, to stand in a page with others.
    pub(crate) fn svg_element(&self) -> String {
        let mut canvas = Canvas { function: self.function, ..Canvas::default() };
        canvas.title(&self.title());
        if self.graph.node_count() <= MAX_LAYERED_BLOCKS {
            self.draw_layers(&mut canvas);
        } else {
            self.draw_column(&mut canvas);
        }
        canvas.finish()
    }

    fn draw_layers(&self, canvas: &mut Canvas) {
        let mut picture = VisualGraph::new(Orientation::TopToBottom);
        let mut handles = vec![None; self.graph.node_count()];
        for block in self.blocks() {
            let lines = self.block_lines(block);
            let fill = colour(self.fill(block));
            let look = StyleAttr::new(colour(EDGE_COLOUR), 1, Some(fill), 3, FONT);
            let size = Point::new(width(&lines), height(&lines));
            let shape = ShapeKind::new_box(&lines.join("\n"));
            let element = Element::create(shape, look, Orientation::TopToBottom, size);
            handles[block.index()] = Some(picture.add_node(element));
        }
        let mut drawn = HashSet::new();
        for (from, to, kind, back) in self.edges() {
            let (Some(source), Some(target)) = (handles[from.index()], handles[to.index()]) else {
                continue;
            };
            // Two edges between the same blocks would lie on each other.
            if !drawn.insert((from, to)) {
                continue;
            }
            let style = if back { LineStyleKind::Dashed } else { LineStyleKind::Normal };
            // The library makes room for an arrow's text by a node of its own, which tears small
            // graphs apart; the properties reach the backend as they are.
            let arrow = Arrow::with_properties(
                LineEndKind::None,
                LineEndKind::Arrow,
                style,
                "",
                &StyleAttr::new(colour(EDGE_COLOUR), 1, None, 0, FONT),
                edge_label(kind).unwrap_or_default(),
                &None,
                &None,
            );
            picture.add_edge(arrow, source, target);
        }
        picture.do_it(false, false, false, canvas);
    }

    fn draw_column(&self, canvas: &mut Canvas) {
        const GAP: f64 = 16.0;
        const LANE: f64 = 8.0;
        let blocks = self.blocks();
        let labels: Vec<Vec<String>> = blocks.iter().map(|b| self.block_lines(*b)).collect();
        let box_width = labels.iter().map(|lines| width(lines)).fold(0.0, f64::max);
        let mut row = vec![0; self.graph.node_count()];
        let mut span = Vec::with_capacity(blocks.len());
        let mut y = 2.0 * LINE;
        for (at, (block, lines)) in blocks.iter().zip(&labels).enumerate() {
            row[block.index()] = at;
            span.push((y, y + height(lines)));
            y += height(lines) + GAP;
        }

        // An edge to the next row is a straight line; the others take a lane.
        let mut right = Lanes::default();
        let mut left = Lanes::default();
        let mut routes = Vec::new();
        for (from, to, kind, back) in self.edges() {
            let (from, to) = (row[from.index()], row[to.index()]);
            let lane = if from + 1 == to {
                None
            } else if from < to {
                Some((true, right.take(from, to)))
            } else {
                Some((false, left.take(to, from)))
            };
            routes.push((from, to, kind, back, lane));
        }

        let x0 = PAD + LANE * (left.taken.len() as f64 + 1.0);
        let x1 = x0 + box_width;
        for ((block, lines), (top, bottom)) in blocks.iter().zip(&labels).zip(&span) {
            canvas.block((x0, *top), (box_width, bottom - top), self.fill(*block));
            canvas.lines((x0 + PAD, *top + PAD), lines.iter().map(String::as_str));
        }
        for (from, to, kind, back, lane) in routes {
            let (bottom, top) = (span[from].1, span[to].0);
            let (path, label_at) = match lane {
                None => {
                    let x = (x0 + x1) / 2.0;
                    (format!("M{x:.0} {bottom:.0}V{top:.0}"), (x + 3.0, top - 4.0))
                }
                Some((is_right, lane)) => {
                    let offset = LANE * (lane as f64 + 1.0);
                    let (edge, x) = if is_right { (x1, x1 + offset) } else { (x0, x0 - offset) };
                    // Leave near the bottom of the box, arrive near the top.
                    let (leave, arrive) = (bottom - 5.0, top + 7.0);
                    canvas.grow((x + 6.0 * CHAR, bottom));
                    (format!("M{edge:.0} {leave:.0}H{x:.0}V{arrive:.0}H{edge:.0}"), (edge + 3.0, bottom + 6.0))
                }
            };
            canvas.edge(&path, back, (false, true));
            if let Some(label) = edge_label(kind) {
                canvas.edge_label(label_at, label);
            }
        }
    }
}

/// Lanes for edges that run past other rows: two edges share a lane if their rows do not overlap.
#[derive(Default)]
struct Lanes {
    /// The last row that each lane is taken for.
    taken: Vec<usize>,
}

impl Lanes {
    /// More lanes than this would make the picture too wide; the rest share the last one.
    const MAX: usize = 48;

    fn take(&mut self, from: usize, to: usize) -> usize {
        let free = self.taken.iter().position(|last| *last <= from);
        match free {
            Some(lane) => self.taken[lane] = to,
            None if self.taken.len() < Self::MAX => self.taken.push(to),
            None => {}
        }
        free.unwrap_or(self.taken.len() - 1)
    }
}

/// An SVG document being written. Writing to a string cannot fail, so results are dropped.
#[derive(Default)]
struct Canvas {
    /// Index of the function: makes the names in the document differ from those of others in one page.
    function: u32,
    content: String,
    size: (f64, f64),
    /// Left edge of the block drawn last: its text is aligned to it.
    left: f64,
}

impl Canvas {
    fn grow(&mut self, to: (f64, f64)) {
        self.size = (self.size.0.max(to.0 + PAD), self.size.1.max(to.1 + PAD));
    }

    fn title(&mut self, title: &str) {
        self.grow((title.chars().count() as f64 * CHAR, LINE));
        let _ = writeln!(self.content, r#"<text x="{PAD}" y="{LINE}" font-weight="bold">{}</text>"#, xml(title));
    }

    fn block(&mut self, at: (f64, f64), size: (f64, f64), fill: &str) {
        self.grow((at.0 + size.0, at.1 + size.1));
        let _ = writeln!(
            self.content,
            r#"<rect x="{:.0}" y="{:.0}" width="{:.0}" height="{:.0}" rx="3" fill="{fill}" stroke="{EDGE_COLOUR}"/>"#,
            at.0, at.1, size.0, size.1
        );
    }

    fn lines<'a>(&mut self, at: (f64, f64), lines: impl Iterator<Item = &'a str>) {
        self.content.push_str("<text>");
        for (row, line) in lines.enumerate() {
            let y = at.1 + LINE * (row as f64 + 0.75);
            let _ = write!(self.content, r#"<tspan x="{:.0}" y="{y:.0}">{}</tspan>"#, at.0, xml(line));
        }
        self.content.push_str("</text>\n");
    }

    fn edge(&mut self, path: &str, back: bool, heads: (bool, bool)) {
        let style = if back {
            format!(r#"stroke="{BACK_COLOUR}" stroke-dasharray="5,3""#)
        } else {
            format!(r#"stroke="{EDGE_COLOUR}""#)
        };
        let id = self.function;
        let start = if heads.0 { format!(r#" marker-start="url(#start{id})""#) } else { String::new() };
        let end = if heads.1 { format!(r#" marker-end="url(#end{id})""#) } else { String::new() };
        let _ = writeln!(self.content, r#"<path d="{path}" fill="none" {style}{start}{end}/>"#);
    }

    fn edge_label(&mut self, at: (f64, f64), label: &str) {
        let _ = writeln!(
            self.content,
            r##"<text x="{:.0}" y="{:.0}" font-size="8" fill="#707070">{label}</text>"##,
            at.0, at.1
        );
    }

    fn finish(self) -> String {
        let (width, height, id) = (self.size.0.ceil(), self.size.1.ceil(), self.function);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" font-size=\"{FONT}\">\n\
             <defs><marker id=\"end{id}\" markerWidth=\"8\" markerHeight=\"6\" refX=\"8\" refY=\"3\" \
             orient=\"auto\"><path d=\"M0 0 8 3 0 6z\" fill=\"context-stroke\"/></marker>\
             <marker id=\"start{id}\" markerWidth=\"8\" markerHeight=\"6\" refX=\"0\" refY=\"3\" \
             orient=\"auto\"><path d=\"M8 0 8 6 0 3z\" fill=\"context-stroke\"/>\
             </marker></defs>\n{}</svg>\n",
            self.content
        )
    }
}

/// Where `layout-rs` draws to. It calls only what boxes and arrows need.
impl RenderBackend for Canvas {
    fn draw_rect(
        &mut self,
        xy: Point,
        size: Point,
        look: &StyleAttr,
        _properties: Option<String>,
        _clip: Option<ClipHandle>,
    ) {
        // Not every viewer knows `#rrggbbaa`.
        let fill = look.fill_color.map_or("none".to_owned(), |fill| fill.to_web_color());
        let fill = fill.get(..7).unwrap_or(&fill);
        self.left = xy.x;
        self.block((xy.x, xy.y + LINE), (size.x, size.y), fill);
    }

    fn draw_text(&mut self, xy: Point, text: &str, _look: &StyleAttr) {
        // `xy` is the centre of the box.
        let top = xy.y + LINE - text.lines().count() as f64 * LINE / 2.0;
        self.lines((self.left + PAD, top), text.lines());
    }

    fn draw_arrow(
        &mut self,
        path: &[(Point, Point)],
        dashed: bool,
        head: (bool, bool),
        _look: &StyleAttr,
        properties: Option<String>,
        _text: &str,
    ) {
        // Each segment is a point and a control point; the first leaves, the others arrive. Back
        // edges are moved aside, or they would lie on the edge that they answer.
        let aside = if dashed { 8.0 } else { 0.0 };
        let point = |p: Point| format!("{:.0} {:.0}", p.x + aside, p.y + LINE);
        let [first, second, rest @ ..] = path else {
            return;
        };
        let mut d = format!("M{}C{} {} {}", point(first.0), point(first.1), point(second.0), point(second.1));
        for (control, end) in rest {
            let _ = write!(d, "S{} {}", point(*control), point(*end));
        }
        for (a, b) in path {
            self.grow((a.x.max(b.x) + aside, a.y.max(b.y) + LINE));
        }
        self.edge(&d, dashed, head);
        if let Some(label) = properties.filter(|label| !label.is_empty()) {
            // An arrow that the layout turned round has its head at the start of the path.
            match path.last() {
                Some((_, source)) if head.0 => {
                    self.edge_label((source.x + aside + 3.0, source.y + LINE - 4.0), &label);
                }
                _ => self.edge_label((first.0.x + aside + 3.0, first.0.y + LINE + 9.0), &label),
            }
        }
    }

    fn draw_line(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_circle(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn create_clip(&mut self, _: Point, _: Point, _: usize) -> ClipHandle {
        0
    }
}

fn width(lines: &[String]) -> f64 {
    let widest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    widest as f64 * CHAR + 2.0 * PAD
}

fn height(lines: &[String]) -> f64 {
    lines.len() as f64 * LINE + 2.0 * PAD
}

/// `#rrggbb` as the library wants it, with full opacity.
fn colour(hex: &str) -> Color {
    let rgb = u32::from_str_radix(hex.trim_start_matches('#'), 16).unwrap_or(0);
    Color::new(rgb << 8 | 0xff)
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

//! The portrait bent into one pose after another, in one frame buffer of which only what moves is computed anew.
//!
//! Every pixel is looked up where it was in the portrait. That place is worked out at the nodes of a coarse grid and
//! interpolated between them; the cells in which the lips part are worked out more finely, those in which lids cover
//! something pixel by pixel. Cells that never move are never touched and stay equal to the portrait.

mod cavity;
mod colour;
mod expression;
mod eyelid;
mod head;
mod jaw;
mod lips;
mod source;

use image::RgbImage;
use pulp::{Simd, WithSimd};

use crate::curve::mix_points;
use crate::geometry::{Frame, Geometry};
use crate::pose::{LidPose, Pose};
use cavity::Cavity;
use colour::blend;
use expression::Features;
use eyelid::Eyelid;
use head::HeadWeight;
use jaw::{Jaw, JawPose};
use source::{Lines, Source};

/// A portrait set up to be painted in any pose.
pub(crate) struct Warp {
    source: Source,
    frame: Frame,
    jaw: Jaw,
    cavity: Cavity,
    eyelids: [Eyelid; 2],
    features: Features,
    width: usize,
    /// Pixels from node to node.
    cell: usize,
    /// Nodes per row of the grid.
    nodes_across: usize,
    weights: Vec<HeadWeight>,
    nodes: Vec<Node>,
    /// Indices of the nodes around the cells.
    used: Vec<usize>,
    cells: Vec<Cell>,
    /// Of the cells of a band that are painted row after row: where each begins, how wide it is, and where it comes from.
    smooth: Vec<(usize, usize, Lines)>,
    pixels: Vec<[u8; 3]>,
}

/// One corner of the grid in the current pose.
#[derive(Debug, Clone, Copy, Default)]
struct Node {
    /// The point of the face, with the motion of the head and the expression taken out.
    face: [f32; 2],
    /// From the point's place in the portrait to its place now, in pixels: by head and expression alone, and by all.
    head: [f32; 2],
    all: [f32; 2],
    /// Whether lips part, or lids cover something, in one of the cells around.
    near: Near,
}

/// What is near a node that cannot be interpolated.
#[derive(Debug, Clone, Copy, Default)]
struct Near {
    lips: bool,
    lids: bool,
}

impl Node {
    fn between(a: &Self, b: &Self, share: f32) -> Self {
        let mix = |a, b| mix_points(a, b, share);
        Self { face: mix(a.face, b.face), head: mix(a.head, b.head), all: mix(a.all, b.all), near: a.near }
    }
}

/// A square of pixels that can move.
#[derive(Debug, Clone, Copy)]
struct Cell {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    /// Index of the node at its upper left corner.
    node: usize,
    /// How it was painted last.
    kind: Kind,
}

/// How the pixels of a cell are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rest,
    Smooth,
    Lips,
    Eyes,
}

/// One frame to be painted.
struct Painting<'a> {
    warp: &'a mut Warp,
    cells: &'a mut [Cell],
    lids: [LidPose; 2],
    jaw: &'a JawPose,
}

impl WithSimd for Painting<'_> {
    type Output = ();

    #[inline(always)] // as all that it calls for smooth cells: only so they are compiled for those registers
    fn with_simd<S: Simd>(self, _: S) {
        self.warp.paint_cells(self.cells, self.lids, self.jaw);
    }
}

/// Pixels across and down of the cells of large faces.
const LARGEST_CELL: usize = 16;

/// Pixels across and down of a cell: as the source works on them, eight pixels at a time.
fn cell_side(frame: &Frame) -> usize {
    match frame.unit() {
        unit if unit < 60.0 => 4,
        unit if unit < 120.0 => 8,
        _ => LARGEST_CELL,
    }
}

impl Warp {
    pub(crate) fn new(picture: &RgbImage, geometry: &Geometry) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let frame = geometry.frame;
        let jaw = Jaw::new(geometry);
        let cell = cell_side(&frame);
        let (across, down) = (width.div_ceil(cell), height.div_ceil(cell));
        let nodes_across = across + 1;

        let mut weights = Vec::with_capacity(nodes_across * (down + 1));
        let mut moves = Vec::with_capacity(weights.capacity());
        for index in 0..nodes_across * (down + 1) {
            let (x, y) = ((index % nodes_across * cell) as f32, (index / nodes_across * cell) as f32);
            let [u, v] = frame.to_face(x, y);
            let border = x.min(y).min(width as f32 - x).min(height as f32 - y) / frame.unit();
            let weight = HeadWeight::at(&geometry.head, u, v, border);
            moves.push(weight.moves() || jaw.reaches(u, v));
            weights.push(weight);
        }

        let mut cells = Vec::new();
        let mut used = vec![false; weights.len()];
        for index in 0..across * down {
            let node = index / across * nodes_across + index % across;
            let corners = [node, node + 1, node + nodes_across, node + nodes_across + 1];
            if corners.iter().any(|&corner| moves[corner]) {
                let (x, y) = (index % across * cell, index / across * cell);
                cells.push(Cell {
                    x,
                    y,
                    width: cell.min(width - x),
                    height: cell.min(height - y),
                    node,
                    kind: Kind::Rest,
                });
                corners.iter().for_each(|&corner| used[corner] = true);
            }
        }
        Self {
            source: Source::new(picture),
            frame,
            cavity: Cavity::new(picture, geometry),
            eyelids: [0, 1].map(|index| Eyelid::new(picture, geometry, index)),
            features: Features::new(geometry),
            jaw,
            width,
            cell,
            nodes_across,
            nodes: vec![Node::default(); weights.len()],
            used: (0..used.len()).filter(|&index| used[index]).collect(),
            weights,
            cells,
            smooth: Vec::with_capacity(across),
            pixels: picture.as_raw().as_chunks().0.to_vec(),
        }
    }

    /// The portrait in a pose, as RGB24. The default pose is the portrait itself, byte for byte.
    pub(crate) fn paint(&mut self, pose: &Pose) -> &[u8] {
        let jaw = self.jaw.pose(&pose.mouth);
        let lids = pose.expression.lids.map(|lids| lids.blinking(pose.blink));
        self.place(pose, &jaw, lids);
        let mut cells = std::mem::take(&mut self.cells);
        // With the widest registers that the processor has.
        pulp::Arch::new().dispatch(Painting { warp: self, cells: &mut cells, lids, jaw: &jaw });
        self.cells = cells;
        self.pixels.as_flattened()
    }

    #[inline(always)]
    fn paint_cells(&mut self, cells: &mut [Cell], lids: [LidPose; 2], jaw: &JawPose) {
        for band in cells.chunk_by_mut(|a, b| a.y == b.y) {
            self.paint_band(band, lids, jaw);
        }
    }

    /// Paints cells that lie side by side.
    #[inline(always)]
    fn paint_band(&mut self, band: &mut [Cell], lids: [LidPose; 2], jaw: &JawPose) {
        self.smooth.clear();
        for cell in &mut *band {
            let kind = self.kind(cell);
            match kind {
                Kind::Rest if cell.kind == Kind::Rest => {}
                Kind::Rest | Kind::Smooth => self.smooth.push((cell.x, cell.width, self.lines(cell))),
                Kind::Lips => self.paint_lips(cell, jaw),
                Kind::Eyes => self.paint_eye(cell, lids),
            }
            cell.kind = kind;
        }
        // Row after row across all of them: the portrait is read in the order in which it lies in memory.
        let Some(Cell { y, height, .. }) = band.first() else { return };
        for row in self.pixels.chunks_exact_mut(self.width).skip(*y).take(*height) {
            for (x, width, lines) in &mut self.smooth {
                self.source.fill(&lines.line, &mut row[*x..*x + *width]);
                lines.advance();
            }
        }
    }

    /// Works out where every node was.
    fn place(&mut self, pose: &Pose, jaw: &JawPose, lids: [LidPose; 2]) {
        let pulls = self.features.pulls(&pose.expression);
        let margin = 1.5 * self.cell as f32 / self.frame.unit();
        for &index in &self.used {
            let weight = &self.weights[index];
            let [du, dv] = weight.step(&pose.head);
            let [u, v] = [weight.u - du, weight.v - dv];
            let (pull, follow) = (pulls.step(u, v), weight.follow());
            let [pull_u, pull_v] = [follow * pull[0], follow * pull[1]];
            let ([u, v], [du, dv]) = ([u - pull_u, v - pull_v], [du + pull_u, dv + pull_v]);
            let head = self.frame.turn(du, dv);
            let mut all = head;
            if self.jaw.reaches(u, v) {
                let [before_u, before_v] = self.jaw.origin(jaw, u, v);
                let step = self.frame.turn(u - before_u, v - before_v);
                all = [head[0] + step[0], head[1] + step[1]];
            }
            let covers = |(eyelid, lids): (&Eyelid, &LidPose)| !lids.is_rest() && eyelid.reaches(u, v, margin);
            let near =
                Near { lips: self.jaw.parts(jaw, u, v, margin), lids: self.eyelids.iter().zip(&lids).any(covers) };
            self.nodes[index] = Node { face: [u, v], head, all, near };
        }
    }

    #[inline(always)]
    fn corners(&self, cell: &Cell) -> [&Node; 4] {
        let [first, below] = [cell.node, cell.node + self.nodes_across];
        [&self.nodes[first], &self.nodes[first + 1], &self.nodes[below], &self.nodes[below + 1]]
    }

    fn kind(&self, cell: &Cell) -> Kind {
        let corners = self.corners(cell);
        if corners.iter().any(|node| node.near.lips) {
            Kind::Lips
        } else if corners.iter().any(|node| node.near.lids) {
            Kind::Eyes
        } else if corners.iter().all(|node| node.all == [0.0, 0.0]) {
            Kind::Rest
        } else {
            Kind::Smooth
        }
    }

    /// Where the rows of a cell come from in which nothing parts or covers.
    fn lines(&self, cell: &Cell) -> Lines {
        let [a, b, c, d] = self.corners(cell);
        let place = |node: &Node, x: usize, y: usize| [x as f32 - node.all[0], y as f32 - node.all[1]];
        let (right, below) = (cell.x + self.cell, cell.y + self.cell);
        let places =
            [place(a, cell.x, cell.y), place(b, right, cell.y), place(c, cell.x, below), place(d, right, below)];
        Lines::between(places, self.cell)
    }

    /// Paints a cell in which lids cover something.
    fn paint_eye(&mut self, cell: &Cell, lids: [LidPose; 2]) {
        let corners = self.corners(cell).map(|node| *node);
        let scale = 1.0 / self.cell as f32;
        for row in 0..cell.height {
            let left = Node::between(&corners[0], &corners[2], row as f32 * scale);
            let right = Node::between(&corners[1], &corners[3], row as f32 * scale);
            for column in 0..cell.width {
                let node = Node::between(&left, &right, column as f32 * scale);
                let (x, y) = (cell.x + column, cell.y + row);
                let pixel = self.eye_pixel(lids, &node, x as f32, y as f32).map(|value| (value + 0.5) as u8);
                self.pixels[y * self.width + x] = pixel;
            }
        }
    }

    /// The portrait under the lids.
    fn eye_pixel(&self, lids: [LidPose; 2], node: &Node, x: f32, y: f32) -> [f32; 3] {
        let [u, v] = node.face;
        let at = [x - node.all[0], y - node.all[1]];
        let covers = self.eyelids.iter().zip(lids).filter(|(_, lids)| !lids.is_rest());
        let mut covered =
            covers.filter_map(|(eyelid, lids)| Some((eyelid, eyelid.cover(lids, u, v, self.frame.unit())?)));
        let Some((eyelid, cover)) = covered.next() else { return self.source.colour(at) };
        let step = self.frame.turn(0.0, cover.skin - v);
        let mut colour = self.source.colour([at[0] + step[0], at[1] + step[1]]).map(|value| value * cover.light);
        if cover.share < 1.0 {
            blend(&mut colour, self.source.colour(at), 1.0 - cover.share);
        }
        blend(&mut colour, eyelid.lashes(), cover.lashes);
        colour
    }
}

//! Stages `table.process_bbox`, `table.mask_rect`, `table.resize_size` and `table.detector_size`.

use engine_dice_talk::face::geometry::{FaceBox, crop, moving, searched_size, working_size};
use engine_golden::{Tensor, Values};
use engine_vision::area::Area;

use crate::reference::SET;

/// Compares what each row of a stage's only input gives with a row of the output `name`.
fn check<const COLUMNS: usize, const RESULTS: usize>(
    kind: &str,
    name: &str,
    given: impl Fn([f64; COLUMNS]) -> [i64; RESULTS],
) {
    for stage in SET.stages(kind) {
        let cases = SET.input(&stage["inputs"]["cases"]);
        let row = |first: usize| std::array::from_fn(|column| cases.at(first + column));
        let rows: Vec<[i64; RESULTS]> = (0..cases.len()).step_by(COLUMNS).map(|first| given(row(first))).collect();
        let shape = if RESULTS == 1 { vec![rows.len()] } else { vec![rows.len(), RESULTS] };
        let got = Tensor::new(&shape, Values::I64(rows.concat()));
        SET.check(&format!("{kind} {name}"), &stage["outputs"][name], &got);
    }
}

fn whole(size: [usize; 2]) -> [i64; 2] {
    size.map(|side| side as i64)
}

#[test]
fn faces_are_cut_out_as_in_the_reference() {
    check("table.process_bbox", "crop", |[left, top, right, bottom, share, height, width]| {
        let face = FaceBox { left, top, width: right - left, height: bottom - top };
        crop(face, share, [width as usize, height as usize])
    });
}

#[test]
fn the_part_that_moves_is_that_of_the_reference() {
    let edges = |[left, top, width, height, area, columns, rows]: [f64; 7]| {
        moving(FaceBox { left, top, width, height }, area, [columns as usize, rows as usize])
    };
    check("table.mask_rect", "rect", |case| {
        let [left, top, right, bottom] = edges(case);
        [top, bottom, left, right]
    });
    check("table.mask_rect", "area_px", |case| {
        let picture = Area { left: 0, top: 0, right: case[5] as usize, bottom: case[6] as usize };
        let mask = picture.mask(Area::within(edges(case), picture.right, picture.bottom));
        [mask.data().iter().filter(|sample| **sample == u8::MAX).count() as i64]
    });
}

#[test]
fn pictures_have_the_sizes_of_the_reference() {
    check("table.resize_size", "size", |[width, height, min_resolution]| {
        whole(working_size([width as usize, height as usize], min_resolution as usize))
    });
    check("table.detector_size", "size", |[height, width]| {
        let [columns, rows] = whole(searched_size([width as usize, height as usize]));
        [rows, columns]
    });
}

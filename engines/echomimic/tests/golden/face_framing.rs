//! Stages `face_geometry`, `face_select`, `crop_and_pad` and `face_prepare`.

use engine_echomimic::face::geometry::{grown, rounded};
use engine_echomimic::face::mtcnn::Face;
use engine_echomimic::face::prepare::framed;
use engine_echomimic::face::select::speaking;
use engine_echomimic::params::Params;
use engine_golden::json::{list, number, size, text};
use engine_golden_torch::pictures::tensor;
use engine_vision::area::{Area, Edges};
use engine_vision::boxes::Bounds;
use engine_vision::raster::Raster;
use serde_json::{Value, json};

use crate::pixels::picture;
use crate::reference::{SET, cases};

fn bounds(record: &Value) -> Bounds {
    std::array::from_fn(|edge| number(&record[edge]) as f32)
}

fn edges(area: Area) -> Value {
    json!([area.left, area.top, area.right, area.bottom])
}

fn pixels(area: Option<Area>) -> usize {
    area.map_or(0, |area| area.width() * area.height())
}

fn marked(mask: &Raster<u8>) -> usize {
    mask.data().iter().filter(|sample| **sample == u8::MAX).count()
}

#[test]
fn boxes_give_the_masks_and_squares_of_the_reference() {
    for (_, case) in cases("face_geometry") {
        let (width, height) = (size(&case["width"]), size(&case["height"]));
        let face = rounded(bounds(&case["box"]));
        assert_eq!(json!(face), case["int_box"], "{case}");
        let within = |share: &Value| Area::within(grown(face, number(share)), width, height);
        let mask = within(&case["mask_ratio"]);
        let rows_and_columns = mask.map(|mask| [mask.top, mask.bottom, mask.left, mask.right]);
        assert_eq!(json!(rows_and_columns), case["mask_rows_cols"], "{case}");
        assert_eq!(json!(pixels(mask)), case["mask_pixels"], "{case}");
        let crop = within(&case["crop_ratio"]);
        assert_eq!(crop.is_some(), case["valid"] == true, "{case}");
        if let Some(crop) = crop {
            assert_eq!(edges(crop), case["crop_rect"], "{case}");
            assert_eq!(edges(crop.square()), case["square"], "{case}");
            assert_eq!(json!(marked(&crop.square().mask(mask))), case["mask_pixels_in_square"], "{case}");
        }
        let original = Area::sliced(grown(face, number(&case["mask_ratio"])), width, height);
        assert_eq!(json!(pixels(original)), case["original_mask_pixels"], "{case}");
    }
}

#[test]
fn the_face_that_the_reference_selects_speaks() {
    for (_, case) in cases("face_select") {
        let listed = |name: &str| case[name].as_array().map_or(&[][..], Vec::as_slice);
        let face = |(bounds_of, probability): (&Value, &Value)| Face {
            bounds: bounds(bounds_of),
            probability: number(probability) as f32,
            landmarks: [[0.0; 2]; 5],
        };
        let faces: Vec<Face> = listed("boxes").iter().zip(listed("probs")).map(face).collect();
        assert_eq!(json!(speaking(&faces)), case["selected"], "{case}");
    }
}

#[test]
fn squares_are_cut_as_in_the_reference() {
    for (stage, case) in cases("crop_and_pad") {
        let image = picture(stage, text(&case["image"]));
        let rect: Edges = std::array::from_fn(|edge| list(&case["rect"])[edge].as_i64().expect("a whole number"));
        let square = Area::within(rect, image.width(), image.height()).expect("pixels").square();
        assert_eq!(edges(square), case["square"], "{case}");
        let output = text(&case["output"]);
        SET.check(&format!("crop_and_pad {output}"), &stage["outputs"][output], &tensor(&square.cut(&image)));
    }
}

#[test]
fn portraits_are_prepared_as_in_the_reference() {
    for stage in SET.stages("face_prepare") {
        let args = &stage["args"];
        let mut portrait = picture(stage, "image_bgr");
        portrait.data_mut().as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| pixel.reverse());
        let params = Params {
            width: size(&args["width"]) as u32,
            height: size(&args["height"]) as u32,
            facemask_dilation_ratio: number(&args["mask_ratio"]),
            facecrop_dilation_ratio: number(&args["crop_ratio"]),
            ..Params::default()
        };
        let prepared = framed(&portrait, bounds(&args["box"]), &params).expect("a face in the picture");
        assert_eq!(edges(prepared.shown), args["square"]);
        let (id, outputs) = (text(&stage["id"]), &stage["outputs"]);
        SET.check(&format!("{id} ref_rgb"), &outputs["ref_rgb"], &tensor(&prepared.picture));
        SET.check(&format!("{id} mask"), &outputs["mask"], &tensor(&prepared.mask));
    }
}

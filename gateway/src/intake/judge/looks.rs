//! What is said of the face of a usable photo that is badly seen.

use avatar_media::faces::{Face, Looks};

use crate::domain::code::Code;
use crate::domain::upload::warning::Warning;

/// Level that a tenth of a face is lighter than: dark skin in good light has more, pale skin in the dark less.
const DARK: f32 = 80.0;
/// Share of a face that may be white.
const WHITE: f32 = 0.25;
/// Share of a face's detail that is between neighbouring pixels: less is left where a point has become a spot of a fiftieth of
/// the face across, or more.
const BLURRED: f32 = 0.07;
/// How much the halves of a face differ that is turned by some 30 degrees; the detector is less sure of it then.
const TURNED: f32 = 0.7;
const SURE_OF_THE_FRONT: f32 = 25.0;
/// Degrees of turn that MediaPipe tells of a face which is turned by some 40.
const YAW: f32 = 25.0;

/// What speaks against the looks of a face, each with its remedy. `yaw` is its turn in degrees, where the detector tells it.
pub fn warnings(face: &Face, looks: &Looks, yaw: Option<f32>) -> Vec<Warning> {
    let halves_differ = looks.asymmetry > TURNED && face.score < SURE_OF_THE_FRONT;
    let told = [
        (looks.sharpness < BLURRED, Code::FaceBlurred, "the face is blurred", "send a photo that is in focus"),
        (looks.light < DARK, Code::FaceDark, "the face is dark", "send a photo with light from the front"),
        (
            looks.white > WHITE,
            Code::FaceOverexposed,
            "much of the face is white, without any detail",
            "send a photo with less light",
        ),
        (
            yaw.map_or(halves_differ, |yaw| yaw.abs() > YAW),
            Code::FaceTurnedAway,
            "the face seems to be turned to the side",
            "send a photo from the front",
        ),
    ];
    let told = told.into_iter().filter(|(is_so, ..)| *is_so);
    told.map(|(_, code, what, remedy)| Warning { code: code.into(), message: format!("{what}; {remedy}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACE: Face = Face { x: 0.0, y: 0.0, width: 200.0, height: 200.0, score: 20.0 };
    const GOOD: Looks = Looks { light: 180.0, white: 0.02, sharpness: 0.2, asymmetry: 0.4 };

    #[test]
    fn each_fault_has_its_code_and_a_remedy() {
        let told = |looks: Looks| -> Vec<Code> {
            let warnings = warnings(&FACE, &looks, None);
            assert!(warnings.iter().all(|warning| warning.message.contains("; send ")), "{warnings:?}");
            warnings.iter().filter_map(|warning| warning.code.known()).collect()
        };
        assert_eq!(told(GOOD), []);
        assert_eq!(told(Looks { sharpness: 0.01, ..GOOD }), [Code::FaceBlurred]);
        assert_eq!(told(Looks { light: 60.0, ..GOOD }), [Code::FaceDark]);
        assert_eq!(told(Looks { white: 0.3, ..GOOD }), [Code::FaceOverexposed]);
        assert_eq!(told(Looks { asymmetry: 0.8, ..GOOD }), [Code::FaceTurnedAway]);
        assert_eq!(warnings(&Face { score: 30.0, ..FACE }, &Looks { asymmetry: 0.8, ..GOOD }, None), []);
        assert_eq!(warnings(&FACE, &Looks { asymmetry: 0.8, ..GOOD }, Some(-10.0)), [], "whoever knows is believed");
        assert_eq!(warnings(&FACE, &GOOD, Some(-30.0)).len(), 1);
        let all = Looks { light: 60.0, white: 0.3, sharpness: 0.01, asymmetry: 0.8 };
        assert_eq!(told(all).len(), 4);
    }
}

//! Pictures in the formats that phones, scanners and old programs save.

use std::path::Path;
use std::process::Command;

use avatar_tests::pictures::{self, Coding};
use avatar_tests::{Part, Site, portrait};

#[test]
fn pictures_of_phones_and_scanners_are_taken() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let png = portrait(&site.scratch());
    for (name, options) in [
        ("phone.avif", ["-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8"].as_slice()),
        ("scanner.tiff", &["-compression_algo", "lzw"]),
        ("old.gif", &[]),
        ("old.bmp", &[]),
    ] {
        let file = site.scratch().join(name);
        let made = Command::new("ffmpeg").args(["-v", "error", "-y", "-i"]).arg(&png).args(options).arg(&file).status();
        assert!(made.unwrap().success(), "{name}");
        let photo = gateway.upload("photos", &file).expect(201);
        assert_eq!(photo["format"], Path::new(name).extension().unwrap().to_str().unwrap(), "{photo}");
        assert_eq!((&photo["width"], &photo["verdict"]["valid"]), (&512.into(), &true.into()), "{photo}");
    }
}

#[test]
fn pictures_that_hardly_any_program_reads_are_told_for_what_they_are() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let mut lossless = pictures::jpeg((100, 100), &[(1, 1)], Coding::Baseline);
    let frame = lossless.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    lossless[frame + 1] = 0xc3;
    let problem = gateway.post_form("/v1/photos", &[Part::file("file", "x.jpg", lossless)]).expect(422);
    assert_eq!(problem["code"], "image.unsupported", "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("lossless JPEG"), "{problem}");
    assert!(problem.to_string().contains("save it as an ordinary JPEG or PNG"), "{problem}");
}

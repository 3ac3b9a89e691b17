//! A gateway that nginx serves below a path: every link leads there, and nothing is kept back on the way.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use avatar_tests::{Part, ProxyPlace, Site, speech};
use serde_json::json;

use crate::MOMENT;

#[test]
fn behind_a_proxy_every_link_leads_back_through_it() {
    let place = ProxyPlace::new();
    let (address, url) = (place.address(), place.url());
    let site = Site::holding(&format!("[server]\npublic_url = \"{url}\"\n"));
    let gateway = site.start();
    let Some(proxy) = place.start(&site, &gateway) else { return };

    let upload = proxy.upload("audio", &speech(&site.scratch(), 1.0));
    let audio = upload.expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(upload.header("location"), format!("{url}/v1/audio/{audio}"));
    let job = json!({"engine": "testcard", "audio_id": audio, "params": {"fault": "hold"}});
    let submitted = proxy.post("/v1/jobs", &job);
    let id = submitted.expect(202)["id"].as_str().unwrap().to_owned();
    assert_eq!(submitted.header("location"), format!("{url}/v1/jobs/{id}"));

    // The first event comes while the job waits, and is not kept until there are more.
    let mut watcher = TcpStream::connect(&address).unwrap();
    watcher.set_read_timeout(Some(MOMENT)).unwrap();
    write!(watcher, "GET /studio/avatars/v1/jobs/{id}/events HTTP/1.1\r\nhost: {address}\r\n\r\n").unwrap();
    let mut lines = BufReader::new(watcher).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "event: snapshot"));
    site.release();
    assert!(lines.any(|line| line.contains("\"state\":\"succeeded\"")));

    let video = proxy.finished(&id, MOMENT)["video"].clone();
    for link in ["url", "thumbnail_url"] {
        let path =
            video[link].as_str().unwrap().strip_prefix(&url).unwrap_or_else(|| panic!("{link} leads to {video}"));
        let part = proxy.request("GET", path, &[("range", "bytes=0-4,-5")]);
        assert_eq!(part.status, 206, "{link}");
        assert!(part.header("content-type").starts_with("multipart/byteranges; boundary="), "{:?}", part.headers);
    }

    let document = proxy.get("/openapi.json").expect(200);
    assert_eq!(document["servers"], json!([{"url": url}]));
    let text = |path: &str| {
        let answer = proxy.get(path);
        assert_eq!(answer.status, 200, "{path}");
        String::from_utf8_lossy(&answer.body).into_owned()
    };
    assert!(text("/docs").contains("swagger-ui"), "it leads to a page");
    assert!(text("/docs/swagger-initializer.js").contains("\"../openapi.json\""));
    assert!(text("/redoc").contains("src=\"redoc/redoc.standalone.js\""));
    text("/redoc/redoc.standalone.js");
    let facades = proxy.get("/").expect(200)["facades"].clone();
    for (facade, place) in facades.as_object().unwrap() {
        let path = place.as_str().unwrap().strip_prefix(&url).unwrap_or_else(|| panic!("{facade} is at {place}"));
        assert_eq!(proxy.get(path).expect(200)["servers"], json!([{"url": url}]), "{facade}");
        assert!(text("/docs/swagger-initializer.js").contains(&format!("\"..{path}\"")), "{facade}");
    }

    let large = [Part::file("photo", "me.jpg", vec![0; 6 << 20])];
    assert_eq!(proxy.post_form("/v1/nothing", &large).expect(404)["code"], "route.unknown");
}

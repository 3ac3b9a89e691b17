//! What a configuration may say, and what an operator is told about the rest.

mod told;

use std::fs;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::config::reader::DEFAULTS;
use crate::config::*;

/// A folder with a configuration file of this text.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(file: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(USUAL_FILE), file).unwrap();
        Self { folder }
    }

    fn load(&self, env: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
        self.load_with(env, Overrides::default())
    }

    fn load_with(&self, env: &[(&str, &str)], overrides: Overrides) -> Result<Config, ConfigFaults> {
        self.loaded_with(env, overrides).map(|loaded| loaded.config)
    }

    fn loaded_with(&self, env: &[(&str, &str)], overrides: Overrides) -> Result<Loaded, ConfigFaults> {
        let env = env.iter().map(|(name, value)| (format!("AVATAR_GATEWAY__{name}"), value.to_string()));
        Config::load_in(self.folder.path(), None, env, overrides)
    }

    /// The faults, one a line, without the folder's name, which changes from run to run.
    fn faults(&self, env: &[(&str, &str)]) -> String {
        let faults = self.load(env).expect_err("a fault is expected").to_string();
        faults.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

#[test]
fn the_defaults_alone_are_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::load_in(folder.path(), None, [], Overrides::default()).unwrap().config;
    assert_eq!(config.server.listen, "127.0.0.1:8000".parse().unwrap());
    assert!(!config.server.open);
    assert_eq!(config.server.public_url, None);
    assert!(config.server.cors_origins.is_empty());
    assert_eq!(config.auth, Auth { required: None, requests_per_minute: 600, queued_jobs: 100 });
    assert_eq!(config.storage.data_dir, folder.path().join("data"));
    assert_eq!(config.limits.image_bytes, 10 * 1024 * 1024);
    assert_eq!(config.limits.image_pixels, 50_000_000);
    assert_eq!(config.limits.image_memory, 168 << 20);
    assert_eq!(config.limits.audio_length, Duration::from_secs(1800));
    let photos = Photos {
        min_side: 256,
        good_side: 512,
        min_face_pixels: 80,
        good_face_percent: 8.0,
        sure_score: 8.0,
        mediapipe: None,
    };
    assert_eq!(config.photos, photos);
    assert_eq!(config.engines.dir, folder.path().join("engines"));
    assert_eq!(config.engines.default, "puppet");
    assert_eq!(config.scheduler.lease, Duration::from_secs(15));
    assert_eq!(config.scheduler.heartbeat, Duration::from_millis(500));
    assert_eq!(config.log, Log { format: LogFormat::Pretty, filter: "info".into() });
    assert_eq!(
        config.engine("any"),
        EngineConfig {
            device: "auto".into(),
            weights: None,
            instances: 1,
            takes_turns_on: None,
            min_face_pixels: 0,
            idle_stop: Duration::from_secs(300),
            start: Duration::from_secs(60),
            stall: Duration::from_secs(60),
            attempts: 2,
            options: Map::new(),
        }
    );
}

#[test]
fn every_default_is_read_and_explained() {
    let mut reader = Reader::new(Layers::of_defaults(DEFAULTS), Vec::new());
    Config::read(&mut reader, Path::new("/"));
    reader.finish().expect("every key of default.toml means something");

    let mut above = "";
    for line in DEFAULTS.lines() {
        if line.contains('=') && !line.starts_with('#') {
            assert!(above.starts_with("# "), "no comment above: {line}");
        }
        above = line;
    }
}

#[test]
fn options_outrank_the_environment_and_that_outranks_the_file() {
    let place = Place::new("server.listen = '127.0.0.1:1'\nstorage.data_dir = 'a'\nlog.filter = 'warn'\n");
    let env = [("SERVER__LISTEN", "127.0.0.1:2"), ("STORAGE__DATA_DIR", "b")];
    let overrides = Overrides { listen: Some("127.0.0.1:3".into()), ..Overrides::default() };
    let config = place.load_with(&env, overrides).unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.storage.data_dir, place.folder.path().join("b"));
    assert_eq!(config.log.filter, "warn");
}

#[test]
fn variables_are_toml_or_else_text() {
    let place = Place::new("");
    let env = [
        ("SERVER__OPEN", "true"),
        ("LIMITS__IMAGE_PIXELS", "1_000_000"),
        ("SCHEDULER__CANCEL_GRACE_SECONDS", "0.25"),
        ("STORAGE__DATA_DIR", "2024"),
        ("LOG__FORMAT", "json"),
        ("LOG__FILTER", "\"debug\""),
    ];
    let config = place.load(&env).unwrap();
    assert!(config.server.open);
    assert_eq!(config.limits.image_pixels, 1_000_000);
    assert_eq!(config.scheduler.cancel_grace, Duration::from_millis(250));
    assert_eq!(config.storage.data_dir, place.folder.path().join("2024"));
    assert_eq!(config.log, Log { format: LogFormat::Json, filter: "debug".into() });
}

#[test]
fn foreign_variables_are_ignored() {
    let env = [("PATH", "/bin"), ("AVATAR_GATEWAY_PORT", "tcp://10.0.0.1:80")].map(|(a, b)| (a.into(), b.into()));
    let folder = tempfile::tempdir().unwrap();
    Config::load_in(folder.path(), None, env, Overrides::default()).unwrap();
}

#[test]
fn a_table_changes_the_settings_of_its_engine_alone() {
    let place = Place::new(
        "[engines]\nattempts = 3\ninstances = 2\ntakes_turns_on = 'card'\n\
         [engines.ditto]\ntakes_turns_on = ''\n[engines.dice-talk]\ndevice = 'cuda:1'\nweights = 'weights/dice'\nstall_seconds = 120\nhalf = true\n\
         [engines.dice-talk.cache]\nmb = 64\nsince = 2024-01-01\nsizes = [1, 2.5]\n",
    );
    let env = [("ENGINES__DICE_TALK__INSTANCES", "4"), ("ENGINES__DICE_TALK__CACHE__MB", "128")];
    let config = place.load(&env).unwrap();
    let engine = config.engine("dice-talk");
    assert_eq!(engine.device, "cuda:1");
    assert_eq!(engine.weights, Some(place.folder.path().join("weights/dice")));
    assert_eq!(engine.stall, Duration::from_secs(120));
    assert_eq!(engine.idle_stop, Duration::from_secs(300), "from the defaults");
    assert_eq!((engine.attempts, engine.instances), (3, 4));
    assert_eq!(engine.takes_turns_on.as_deref(), Some("card"));
    assert_eq!(config.engine("ditto").takes_turns_on, None);
    let options = json!({ "half": true, "cache": { "mb": 128, "since": "2024-01-01", "sizes": [1, 2.5] } });
    assert_eq!(Value::Object(engine.options), options);

    let other = config.engine("puppet");
    assert_eq!((other.attempts, other.instances), (3, 2), "from [engines]");
    assert_eq!((other.device.as_str(), other.weights, other.options), ("auto", None, Map::new()));
}

#[test]
fn relative_paths_start_at_the_file_and_those_of_options_at_the_current_folder() {
    let here = tempfile::tempdir().unwrap();
    fs::create_dir(here.path().join("etc")).unwrap();
    fs::write(here.path().join("etc/my.toml"), "storage.data_dir = 'store'").unwrap();
    let file = Some(Path::new("etc/my.toml"));

    let config = Config::load_in(here.path(), file, [], Overrides::default()).unwrap().config;
    assert_eq!(config.storage.data_dir, here.path().join("etc/store"));
    assert_eq!(config.engines.dir, here.path().join("etc/engines"));

    let overrides =
        Overrides { data_dir: Some("x".into()), engines_dir: Some("/opt/engines".into()), ..Overrides::default() };
    let config = Config::load_in(here.path(), file, [], overrides).unwrap().config;
    assert_eq!(config.storage.data_dir, here.path().join("x"));
    assert_eq!(config.engines.dir, Path::new("/opt/engines"));
}

#[test]
fn a_named_file_must_exist() {
    let here = tempfile::tempdir().unwrap();
    let faults = Config::load_in(here.path(), Some(Path::new("no.toml")), [], Overrides::default()).unwrap_err();
    let faults = faults.to_string();
    assert!(faults.contains("no.toml cannot be read: No such file"), "{faults}");
}

#[test]
fn all_faults_are_told_at_once_with_place_and_remedy() {
    let place = Place::new(
        "[server]\nlisten = 8000\nopne = true\n\
         [limits]\nimage_mb = 0\naudio_seconds = 'long'\ndata_dir = 'x'\n\
         [engines]\ndefault = 'Puppet'\n\
         [engines.ditto]\ninstances = 100\nstep = nan\n[engines.Bad_Id]\ndevice = 'cpu'\n\
         [colours]\nred = 1\nblue = 2\n[servre]\nlisten = 'x'\n",
    );
    let env = [
        ("SCHEDULER__LEESE_SECONDS", "3"),
        ("LOG__FORMAT", "xml"),
        ("LOG__FILTER", "info,=x=y"),
        ("SERVER__PUBLIC_URL", "example.org"),
        ("STORAGE", "here"),
    ];
    insta::assert_snapshot!(place.faults(&env));
}

#[test]
fn a_file_that_is_not_toml_is_refused_with_the_line() {
    let place = Place::new("[server]\nlisten = \n");
    insta::assert_snapshot!(place.faults(&[]));
    let place = Place::new("[limits]\nimage_mb = 99999999999999999999\n");
    insta::assert_snapshot!(place.faults(&[]));
}

#[test]
fn loopback_has_many_names() {
    let place = Place::new("");
    let is_loopback =
        |address: &str| place.load(&[("SERVER__LISTEN", address)]).unwrap().guarded_listeners().is_empty();
    for address in ["127.0.0.2:0", "[::1]:8000", "[::ffff:127.0.0.1]:8000"] {
        assert!(is_loopback(address), "{address}");
    }
    for address in ["0.0.0.0:8000", "[::]:80", "192.168.0.7:8000", "[::ffff:10.0.0.1]:8000"] {
        assert!(!is_loopback(address), "{address}");
    }
}

#[test]
fn origins_are_a_list_and_in_the_environment_stand_between_commas() {
    let place = Place::new("server.cors_origins = ['https://a.example', 'http://localhost:3000']");
    let origins = |env: &[(&str, &str)]| place.load(env).unwrap().server.cors_origins;
    assert_eq!(origins(&[]), ["https://a.example", "http://localhost:3000"]);
    assert_eq!(origins(&[("SERVER__CORS_ORIGINS", "https://b.example, http://[::1]:80")]).len(), 2);
    assert_eq!(origins(&[("SERVER__CORS_ORIGINS", "[\"*\"]")]), ["*"]);
    assert_eq!(origins(&[("SERVER__CORS_ORIGINS", "*")]), ["*"]);
    assert!(origins(&[("SERVER__CORS_ORIGINS", "")]).is_empty());
    let none =
        ["https://a.example/", "a.example", "https://", "8", "[8]", "https://a.example/x, *", "https://ä.example"];
    for none in none {
        let faults = place.faults(&[("SERVER__CORS_ORIGINS", none)]);
        assert!(faults.contains("write a list, each item an origin such as"), "{none}: {faults}");
    }
    let faults = Place::new("server.cors_origins = 'https://a.example'").faults(&[]);
    assert!(faults.contains("write a list"), "{faults}");
}

#[test]
fn hosts_are_names_without_a_port() {
    let hosts = |text: &str| Place::new(&format!("server.hosts = {text}")).load(&[]).unwrap().server.hosts;
    assert_eq!(hosts("['Avatars.LAN.', '*', 'gateway', '10.0.0.1']"), ["avatars.lan", "*", "gateway", "10.0.0.1"]);
    for none in ["a.example:80", "http://a.example", "a.example/x", "", "a b"] {
        let faults = Place::new(&format!("server.hosts = ['{none}']")).faults(&[]);
        assert!(faults.contains("a host name without a port"), "{none}: {faults}");
    }
}

#[test]
fn keys_are_needed_always_or_sometimes_but_not_beside_an_open_door() {
    let required = |text: &str| Place::new(&format!("auth.required = {text}")).load(&[]).unwrap().auth.required;
    assert_eq!((required("true"), required("false"), required("'auto'")), (Some(true), Some(false), None));
    assert_eq!(Place::new("").load(&[("AUTH__REQUIRED", "true")]).unwrap().auth.required, Some(true));
    assert!(Place::new("auth.required = 'yes'").faults(&[]).contains("true, false or"));
    assert!(Place::new("server.open = true\nauth.required = true").faults(&[]).contains("set server.open to false"));
}

#[test]
fn a_lease_must_outlive_lost_heartbeats() {
    let place = Place::new("[scheduler]\nlease_seconds = 1\n");
    insta::assert_snapshot!(place.faults(&[("SCHEDULER__HEARTBEAT_MILLISECONDS", "400")]));
    place.load(&[("SCHEDULER__HEARTBEAT_MILLISECONDS", "333")]).unwrap();
}

#[test]
fn a_photo_is_warned_of_before_it_is_refused() {
    let place = Place::new("[photos]\nmin_side = 300\ngood_side = 299\nmin_face_pixels = 19\n");
    insta::assert_snapshot!(place.faults(&[("PHOTOS__SURE_SCORE", "-1")]));
    Place::new("[photos]\nmin_side = 300\ngood_side = 300\nmin_face_pixels = 20\n").load(&[]).unwrap();
}

#[test]
fn another_detector_needs_its_files() {
    let place = Place::new("[photos]\nmediapipe = \"networks\"\nmediapipe_sure_score = 0.6\n");
    let faults = place.faults(&[]);
    for file in ["there is no networks/blaze_face.onnx", "there is no networks/face_mesh.onnx"] {
        assert!(faults.contains(file), "{faults}");
    }
    let folder = place.folder.path().join("networks");
    std::fs::create_dir(&folder).unwrap();
    avatar_mediapipe::FILES.iter().for_each(|file| std::fs::write(folder.join(file), "").unwrap());
    let photos = place.load(&[]).unwrap().photos;
    assert_eq!((photos.sure_score, photos.mediapipe), (0.6, Some(folder)), "its scores go from 0 to 1");
}

#[test]
fn uploads_are_refused_before_jobs_are() {
    let place = Place::new("[storage]\nlow_water_mb = 255\n");
    let fault = place.faults(&[]);
    assert!(fault.contains("storage.low_water_mb (avatar-gateway.toml, line 2): 1 MiB would be promised"), "{fault}");
    place.load(&[("STORAGE__RESERVE_MB", "255")]).unwrap();
}

#[test]
fn links_end_without_a_slash() {
    let place = Place::new("server.public_url = 'https://example.org/avatars/'");
    assert_eq!(place.load(&[]).unwrap().server.public_url.as_deref(), Some("https://example.org/avatars"));
}

#[test]
fn facades_are_set_one_by_one() {
    let place = Place::new("[facades.dice-talk]\nengine = \"ditto\"\nlisten = \"0.0.0.0:8000\"\nfallback = false\n");
    let config = place.load(&[("FACADES__DICE_TALK__OPEN", "true"), ("FACADES__DITTO__FILES_ROOT", "files")]).unwrap();
    let dice_talk = FacadeConfig {
        engine: "ditto".into(),
        listen: Some("0.0.0.0:8000".parse().unwrap()),
        open: true,
        fallback: false,
    };
    assert_eq!(config.facades.of(FacadeName::DiceTalk), &dice_talk);
    let duix = FacadeConfig { engine: "duix".into(), listen: None, open: false, fallback: true };
    assert_eq!(config.facades.of(FacadeName::Duix), &duix);
    assert_eq!(config.files_root(), place.folder.path().join("files"));
    assert!(config.guarded_listeners().is_empty(), "whoever reaches it is let in");
    let config = place.load(&[]).unwrap();
    assert_eq!(config.files_root(), place.folder.path().join("data/ditto"));
    let guarded = [("facades.dice-talk.listen".to_owned(), "0.0.0.0:8000".parse().unwrap())];
    assert_eq!(config.guarded_listeners(), guarded);
}

#[test]
fn the_variables_of_the_duix_service_count_below_our_own() {
    let place = Place::new("[retention]\nsweep_seconds = 7\n");
    let env = [
        ("DUIX_INTERNAL_URL", "http://generator:8383"),
        ("DUIX_DATA_DIR", "/code/data"),
        ("CLEANUP_DELAY", "90"),
        ("MAX_FILE_AGE", "7200"),
        ("PERIODIC_CLEANUP_INTERVAL", "60"),
        ("AVATAR_GATEWAY__FACADES__DUIX__MAX_FILE_AGE_SECONDS", "10"),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::load_in(place.folder.path(), None, env, Overrides::default()).unwrap().config;
    let options = config.engine("duix").options;
    assert_eq!(
        options,
        Map::from_iter([
            ("data_dir".to_owned(), json!("/code/data")),
            ("url".to_owned(), json!("http://generator:8383")),
        ])
    );
    assert_eq!(config.facades.cleanup_delay, Duration::from_secs(90));
    assert_eq!(config.facades.max_file_age, Duration::from_secs(10));
    assert_eq!(config.retention.sweep, Duration::from_secs(60));
}

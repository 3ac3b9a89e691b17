//! What an operator is told of settings that a gateway works with: what means nothing, and where the others come from.

use super::*;
use crate::config::in_force::as_toml;

/// The warnings for a file and variables by their whole names.
fn warnings(file: &str, env: &[(&str, &str)]) -> Vec<String> {
    let place = Place::new(file);
    let env = env.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let loaded = Config::load_in(place.folder.path(), None, env, Overrides::default()).unwrap();
    let told = loaded.warnings.iter().map(ToString::to_string);
    told.map(|warning| warning.replace(&format!("{}/", place.folder.path().display()), "")).collect()
}

#[test]
fn what_means_nothing_is_told_and_does_not_keep_a_gateway_from_starting() {
    let told = warnings(
        "[server]\nopne = true\n[colours]\nred = 1\nblue = 2\n[engines.Bad_Id]\ndevice = 'cpu'\n\
         [engines.puppet]\ninstanses = 2\nthreads = 3\n[facades.dito]\nengine = 'ditto'\n",
        &[],
    );
    assert_eq!(
        told,
        [
            "engines.Bad_Id (avatar-gateway.toml, line 7): no engine has such an id; engine ids consist of lower-case \
             letters, digits and single hyphens between them, the first of them a letter",
            "engines.puppet.instanses (avatar-gateway.toml, line 9): the gateway has no such setting, and leaves it to \
             the engine; did you mean engines.puppet.instances?",
            "colours (avatar-gateway.toml, line 5): there is no such setting; remove it",
            "facades.dito.engine (avatar-gateway.toml, line 12): there is no such setting; did you mean \
             facades.ditto.engine?",
            "server.opne (avatar-gateway.toml, line 2): there is no such setting; did you mean server.open?",
        ]
    );
}

#[test]
fn variables_that_lack_an_underscore_are_told_the_name_that_they_were_meant_to_have() {
    for (typed, meant) in [
        ("AVATAR_GATEWAY_SERVER_LISTEN", "AVATAR_GATEWAY__SERVER__LISTEN"),
        ("AVATAR_GATEWAY_SERVER__LISTEN", "AVATAR_GATEWAY__SERVER__LISTEN"),
        ("AVATAR_GATEWAY__SERVER_LISTEN", "AVATAR_GATEWAY__SERVER__LISTEN"),
        ("AVATAR_GATEWAY_STORAGE_DATA_DIR", "AVATAR_GATEWAY__STORAGE__DATA_DIR"),
        ("AVATAR_GATEWAY_FACADES_DICE_TALK_OPEN", "AVATAR_GATEWAY__FACADES__DICE_TALK__OPEN"),
        ("AVATAR_GATEWAY__ENGINES_DITTO_IDLE_STOP_SECONDS", "AVATAR_GATEWAY__ENGINES__DITTO__IDLE_STOP_SECONDS"),
        ("AVATAR_GATEWAY_LOG_FITLER", "AVATAR_GATEWAY__LOG__FILTER"),
    ] {
        let told = warnings("", &[(typed, "1")]);
        assert_eq!(told.len(), 1, "{typed}: {told:?}");
        assert!(told[0].contains(typed) && told[0].ends_with(&format!("; did you mean {meant}?")), "{told:?}");
    }
    let unlike = warnings("", &[("AVATAR_GATEWAY_COLOUR", "red")]);
    assert_eq!(
        unlike,
        [
            "environment variable AVATAR_GATEWAY_COLOUR: nothing reads it; names of settings begin with AVATAR_GATEWAY__; \
          unset it"
        ]
    );
    let of_others = [
        ("AVATAR_GATEWAY_KEY", "x"),
        ("AVATAR_GATEWAY_PORT_8000_TCP_ADDR", "10.0.0.1"),
        ("AVATAR_GATEWAY_SERVICE_HOST", "10.0.0.1"),
        ("OTHER_SERVER_LISTEN", "x"),
    ];
    assert!(warnings("", &of_others).is_empty(), "of the command line, Kubernetes and other programs");
}

#[test]
fn rust_log_outranks_the_filter_and_is_told_where_it_is_broken() {
    let filter = |rust_log: &str| {
        let place = Place::new("log.filter = 'warn'");
        let env = [("RUST_LOG", rust_log), ("AVATAR_GATEWAY__LOG__FILTER", "error")];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Config::load_in(place.folder.path(), None, env, Overrides::default()).unwrap()
    };
    for heard in ["debug", "INFO,hyper=warn", "avatar_gateway=trace", "off"] {
        let loaded = filter(heard);
        assert_eq!((loaded.config.log.filter.as_str(), loaded.warnings.len()), (heard, 0));
    }
    for broken in ["verbose", "avatar_gateway=loud", "info,=x=y"] {
        let loaded = filter(broken);
        assert_eq!(loaded.config.log.filter, "error", "{broken}");
        assert!(loaded.warnings[0].to_string().contains("RUST_LOG"), "{:?}", loaded.warnings);
    }
    assert_eq!(filter("").config.log.filter, "error");
}

#[test]
fn the_settings_in_force_are_a_configuration_with_their_origins_and_without_secrets() {
    let secret = format!("whsec_{}", "A".repeat(32));
    let file = format!(
        "server.open = true\nwebhooks.secret = '{secret}'\n[engines]\nattempts = 3\n[engines.duix]\n\
         url = 'http://me:swordfish@generator:8383'\nhub_token = 'abc'\n[engines.duix.cache]\n'size of it' = 3\n"
    );
    let place = Place::new(&file);
    let env = [("SERVER__CORS_ORIGINS", "https://a.example, https://b.example"), ("STORAGE__DATA_DIR", "2024")];
    let overrides = Overrides { engines_dir: Some("/opt/engines".into()), ..Overrides::default() };
    let loaded = place.loaded_with(&env, overrides).unwrap();
    let text = as_toml(&loaded.settings).replace(&place.folder.path().display().to_string(), "HERE");
    // How the comments are aligned depends on how long the folder's name is.
    let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    insta::assert_snapshot!(words.collect::<Vec<_>>().join("\n"));
    for word in [&*secret, "swordfish", "abc"] {
        assert!(!text.contains(word), "{word} is shown");
    }

    let again = Place::new(&text.replace("HERE", &place.folder.path().display().to_string()));
    let read = again.load(&[]).unwrap();
    let mut expected = loaded.config.clone();
    expected.webhooks.secret = None;
    let options = &mut expected.engines.tables.get_mut("duix").unwrap().options;
    options.remove("hub_token");
    options.insert("url".into(), json!("http://me:hidden@generator:8383/"));
    assert_eq!(read, expected);
}

//! Reading the settings again while the gateway runs.

use crate::app::App;
use crate::cli::ConfigOptions;
use crate::cli::serve::advice;
use crate::cli::serve::log::Filter;
use crate::config::{Config, FacadeName};

/// Where the settings came from at the start, and may come from again.
pub(super) struct Reload {
    options: ConfigOptions,
    listen: Option<String>,
    filter: Filter,
}

impl Reload {
    pub(super) fn new(options: ConfigOptions, listen: Option<String>, filter: Filter) -> Self {
        Self { options, listen, filter }
    }

    /// Replaces the settings, unless the new ones are faulty. Running jobs go on with what they began with.
    pub(super) async fn run(&self, app: &App) {
        let mut loaded = match self.options.clone().read(self.listen.clone()) {
            Ok(loaded) => loaded,
            Err(faults) => {
                tracing::error!("the settings stay as they are, for the new ones are wrong: {faults}");
                return;
            }
        };
        advice::on_settings(&loaded);
        let (old, new) = (app.config(), &mut loaded.config);
        for key in keep_fixed(&old, new) {
            tracing::warn!(key, "the setting has changed and needs a restart");
        }
        if new.log.filter != old.log.filter
            && let Err(error) = (self.filter)(&new.log.filter)
        {
            tracing::error!("log.filter stays as it is: {error:#}");
            new.log.filter.clone_from(&old.log.filter);
        }
        let engines_changed = new.engines != old.engines;
        app.space.keep_free(new.storage.low_water);
        app.settings.replace(new.clone());
        tracing::info!("settings read again");
        app.process.wake_ups.wake();
        if engines_changed {
            app.catalog.scan(&app.config()).await;
        }
        advice::on_engines(app, &loaded).await;
    }
}

/// Carries over what a running gateway cannot change; returns the keys that would have.
fn keep_fixed(old: &Config, new: &mut Config) -> Vec<String> {
    let mut changed = Vec::new();
    if new.server.listen != old.server.listen {
        changed.push("server.listen".to_owned());
        new.server.listen = old.server.listen;
    }
    for facade in FacadeName::ALL {
        let listen = old.facades.of(facade).listen;
        if new.facades.of(facade).listen != listen {
            changed.push(format!("facades.{}.listen", facade.as_str()));
            new.facades.of_mut(facade).listen = listen;
        }
    }
    if new.server.cors_origins != old.server.cors_origins {
        changed.push("server.cors_origins".to_owned());
        new.server.cors_origins.clone_from(&old.server.cors_origins);
    }
    if new.storage.data_dir != old.storage.data_dir {
        changed.push("storage.data_dir".to_owned());
        new.storage.data_dir.clone_from(&old.storage.data_dir);
    }
    if new.storage.synchronous != old.storage.synchronous {
        changed.push("storage.synchronous".to_owned());
        new.storage.synchronous = old.storage.synchronous;
    }
    if new.limits.image_memory != old.limits.image_memory {
        changed.push("limits.image_memory_mb".to_owned());
        new.limits.image_memory = old.limits.image_memory;
    }
    if new.log.format != old.log.format {
        changed.push("log.format".to_owned());
        new.log.format = old.log.format;
    }
    changed
}

#[cfg(test)]
mod tests {
    use crate::config::{LogFormat, Overrides, Synchronous};

    use super::*;

    #[test]
    fn what_cannot_change_is_named_and_stays() {
        let old = Config::load(None, [], Overrides::default()).unwrap().config;
        let mut new = old.clone();
        new.server.listen = "127.0.0.1:1".parse().unwrap();
        new.storage.data_dir = "/elsewhere".into();
        new.storage.synchronous = Synchronous::Normal;
        new.log.format = LogFormat::Json;
        new.facades.of_mut(FacadeName::Duix).listen = Some("127.0.0.1:2".parse().unwrap());
        new.limits.image_pixels += 1;
        let expected = Config { limits: new.limits.clone(), ..old.clone() };
        new.limits.image_memory += 1;
        assert_eq!(
            keep_fixed(&old, &mut new),
            [
                "server.listen",
                "facades.duix.listen",
                "storage.data_dir",
                "storage.synchronous",
                "limits.image_memory_mb",
                "log.format"
            ]
        );
        assert_eq!(new, expected);
        assert!(keep_fixed(&old, &mut new).is_empty());
    }
}

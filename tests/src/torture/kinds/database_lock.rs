//! Another process holds the database for seconds, as a careless backup does.

use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};

use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::terms::Terms;

/// Somebody with another program.
#[derive(Debug)]
pub(in crate::torture) struct DatabaseLock;

impl Kind for DatabaseLock {
    fn name(&self) -> &'static str {
        "database-lock"
    }

    fn what(&self) -> &'static str {
        "another process that holds the database for up to ten seconds"
    }

    fn terms(&self) -> Terms {
        Terms {
            config: "[engines]\ninstances = 2\n",
            refusals: &["gateway.starting", "gateway.database"],
            patience: 60,
            ..Terms::default()
        }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        context.start();
        let clients = context.clients(3);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is a thread");
        while context.goes_on() {
            context.pause(0.2, 2.0);
            let held = Duration::from_secs_f32(context.random.between(0.5, 10.0));
            context.strike();
            if let Err(error) = runtime.block_on(hold(context, held)) {
                context.note(format!("the database could not be held: {error}"));
            }
        }
        clients.stop();
        Outcome::Done
    }
}

/// Keeps everybody else from writing.
async fn hold(context: &mut Context, time: Duration) -> sqlx::Result<()> {
    let file = context.site.data().join("gateway.db");
    let options = SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(10));
    let mut database = options.connect().await?;
    database.execute("BEGIN IMMEDIATE").await?;
    context.pause(time.as_secs_f32(), time.as_secs_f32());
    database.execute("ROLLBACK").await?;
    database.close().await
}

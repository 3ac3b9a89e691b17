//! Pages of jobs: each is read in its order from an index of what it is filtered by, whichever of that is the rarest.

use jiff::SignedDuration;
use sqlx::types::Text;
use sqlx::{QueryBuilder, Sqlite, SqlitePool};

use crate::domain::id::JobId;
use crate::domain::job::Job;
use crate::store::jobs::{JobFilter, Order};
use crate::store::sqlite::rows::micros;

/// So many jobs are counted to see what is rare. SQLite does not know, because nothing is ever analysed.
const COUNTED: u32 = 500;

/// How long after its id was given a job is written at the latest: a wait for the turn to write, and then some.
const WRITTEN_WITHIN: SignedDuration = SignedDuration::from_mins(1);

/// Reads a page.
pub(super) async fn page(reader: &SqlitePool, filter: &JobFilter) -> sqlx::Result<Vec<Job>> {
    let leading = leading(reader, filter).await?;
    question(filter, leading).build_query_as().fetch_all(reader).await
}

/// The statement that reads a page by the text that leads.
fn question(filter: &JobFilter, leading: Option<(&String, &String)>) -> QueryBuilder<Sqlite> {
    let (mut query, id) = match leading {
        None => (QueryBuilder::<Sqlite>::new("SELECT * FROM jobs WHERE true"), "jobs.id"),
        // The words `CROSS JOIN` have the page read in the order of this table.
        Some((name, value)) => {
            let mut query = QueryBuilder::new(
                "SELECT jobs.* FROM job_metadata AS leading CROSS JOIN jobs ON jobs.id = leading.job_id WHERE leading.name = ",
            );
            query.push_bind(name).push(" AND leading.value = ").push_bind(value);
            (query, "leading.job_id")
        }
    };
    for (name, value) in filter.metadata.iter().filter(|wanted| Some(*wanted) != leading) {
        query.push(" AND EXISTS (SELECT 1 FROM job_metadata AS given WHERE given.name = ").push_bind(name);
        query.push(" AND given.value = ").push_bind(value).push(" AND given.job_id = ").push(id).push(")");
    }
    // Only the conditions that are asked for: SQLite picks an index for the ones it sees.
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(engine) = &filter.engine {
        query.push(" AND engine = ").push_bind(engine);
    }
    if let Some(since) = filter.since {
        query.push(" AND created_at >= ").push_bind(micros(since));
        // An id is given right before its row is written.
        let floor = JobId::floor(since.saturating_sub(WRITTEN_WITHIN).unwrap_or(since));
        query.push(" AND ").push(id).push(" >= ").push_bind(Text(floor));
    }
    let (beyond, order) = match filter.order {
        Order::NewestFirst => (" < ", " DESC"),
        Order::OldestFirst => (" > ", ""),
    };
    if let Some(after) = filter.after {
        query.push(" AND ").push(id).push(beyond).push_bind(Text(after));
    }
    query.push(" ORDER BY ").push(id).push(order).push(" LIMIT ").push_bind(filter.limit);
    query
}

/// The text that is read by: the rarest, unless state and engine are rarer still.
async fn leading<'f>(reader: &SqlitePool, filter: &'f JobFilter) -> sqlx::Result<Option<(&'f String, &'f String)>> {
    let mut wanted = filter.metadata.iter();
    let is_plain = filter.state.is_none() && filter.engine.is_none();
    if filter.metadata.len() <= 1 && is_plain {
        return Ok(wanted.next());
    }
    let (mut rarest, mut fewest) = (None, u32::MAX);
    for (name, value) in wanted {
        let counted: u32 = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT 1 FROM job_metadata WHERE name = ?1 AND value = ?2 LIMIT ?3)",
        )
        .bind(name)
        .bind(value)
        .bind(COUNTED)
        .fetch_one(reader)
        .await?;
        if counted < fewest {
            (rarest, fewest) = (Some((name, value)), counted);
        }
    }
    if rarest.is_none() || is_plain {
        return Ok(rarest);
    }
    let mut others = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM (SELECT 1 FROM jobs WHERE true");
    if let Some(state) = filter.state {
        others.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(engine) = &filter.engine {
        others.push(" AND engine = ").push_bind(engine);
    }
    let others: u32 =
        others.push(" LIMIT ").push_bind(COUNTED).push(")").build_query_scalar().fetch_one(reader).await?;
    Ok(rarest.filter(|_| fewest <= others))
}

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::*;
    use crate::domain::metadata::Metadata;
    use crate::store::contract::{at, new_job};
    use crate::store::jobs::{JobStore, NewJob};
    use crate::store::sqlite::SqliteStore;

    /// How SQLite reads a page.
    async fn plan(store: &SqliteStore, filter: &JobFilter) -> Vec<String> {
        let leading = leading(&store.reader, filter).await.unwrap();
        let explained = format!("EXPLAIN QUERY PLAN {}", question(filter, leading).sql().as_str());
        let rows = sqlx::query(sqlx::AssertSqlSafe(explained)).fetch_all(&store.reader).await.unwrap();
        rows.iter().map(|row| row.get("detail")).collect()
    }

    #[tokio::test]
    async fn no_page_reads_jobs_that_it_does_not_show() {
        let store = SqliteStore::in_memory().await;
        let says = |members: &[(&str, &str)]| -> Metadata {
            members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        for n in 1..=3 {
            let metadata = says(&[("all", "x"), ("own", &n.to_string())]);
            store.insert(NewJob { metadata, ..new_job(n, "puppet") }, at(0)).await.unwrap();
        }
        let page = |members| JobFilter { metadata: says(members), limit: 50, ..JobFilter::default() };
        let by_id = "SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 (id=?)";
        let first = "SEARCH leading USING PRIMARY KEY (name=? AND value=?)";
        assert_eq!(plan(&store, &page(&[("all", "x")])).await, [first, by_id]);
        let after = JobFilter { after: Some(new_job(3, "").id), ..page(&[("all", "x")]) };
        assert_eq!(
            plan(&store, &after).await,
            ["SEARCH leading USING PRIMARY KEY (name=? AND value=? AND job_id<?)", by_id]
        );
        let rare = page(&[("all", "x"), ("own", "2")]);
        let leading = leading(&store.reader, &rare).await.unwrap().map(|(name, value)| (&**name, &**value));
        assert_eq!(leading, Some(("own", "2")), "the other one stands at all jobs");
        let given = "SEARCH given EXISTS USING PRIMARY KEY (name=? AND value=? AND job_id=?)";
        assert_eq!(plan(&store, &rare).await, [first, by_id, given]);
        let failed = JobFilter { state: Some(crate::domain::job::State::Failed), ..page(&[("all", "x")]) };
        assert_eq!(plan(&store, &failed).await, ["SEARCH jobs USING INDEX jobs_by_state (state=?)", given]);
    }
}

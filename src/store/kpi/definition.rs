//! What metrics mean, as their owners wrote it.

use sqlx::PgConnection;

use super::KpiFailure;
use crate::domain::clean::clean;
use crate::domain::metric::definition::Definition;
use crate::domain::metric::error::KpiError;
use crate::domain::metric::near::nearest;
use crate::domain::metric::tree::Terms;
use crate::store::refusal::Refusal;

/// A definition to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// What is counted, and what is not.
    pub text: String,
    /// Who answers for it.
    pub owner: String,
    /// A stock is the mean of the days of a period.
    pub average: bool,
    /// Working days only.
    pub workdays: bool,
    /// What of customers' records adds up to it.
    pub measure: Option<String>,
}

/// The definitions of a metric, the newest first; of all metrics, only the newest each.
///
/// # Errors
/// [`KpiFailure`]
pub async fn list(
    db: &mut PgConnection,
    metric: Option<&str>,
) -> Result<Vec<Definition>, KpiFailure> {
    let rows = sqlx::query!(
        "select d.metric, d.version, d.text, d.owner, d.closing, d.workdays, d.measure, d.written_by, d.written_on
         from baton.metric_definition d
         where d.metric = $1 or $1::text is null and not exists (
             select from baton.metric_definition n where n.metric = d.metric and n.version > d.version)
         order by d.metric, d.version desc",
        metric
    )
    .fetch_all(&mut *db)
    .await?;
    let tree = super::tree(db).await?;
    let summed = |code: &str| {
        tree.find(code).is_some_and(|at| tree.metric(at).kind == crate::domain::metric::Kind::Flow)
    };
    let word = |text: &str| clean(text).into_owned();
    let rows = rows.into_iter().map(|row| Definition {
        metric: word(&row.metric),
        version: row.version,
        text: word(&row.text),
        owner: word(&row.owner),
        closing: if summed(&row.metric) { "sum".to_owned() } else { row.closing },
        workdays: row.workdays,
        measure: row.measure.as_deref().map(word),
        written_by: word(&row.written_by),
        written_on: row.written_on,
    });
    Ok(rows.collect())
}

/// Saves what a metric means as its next version, and gives its number.
///
/// # Errors
/// [`KpiFailure`]: the metric is unknown, a text is missing, it takes other days than its parts have, what is to add up to it is not what it counts, or any of the store.
pub async fn define(
    db: &mut PgConnection,
    metric: &str,
    written: &Written,
) -> Result<i32, KpiFailure> {
    let closing = if written.average { "average" } else { "end" };
    let saved = sqlx::query_scalar!(
        r#"select baton.metric_define($1, $2, $3, $4, $5, $6) as "version!""#,
        metric,
        written.text,
        written.owner,
        closing,
        written.workdays,
        written.measure
    );
    let refused = match saved.fetch_one(&mut *db).await {
        Ok(version) => return Ok(version),
        Err(error) => Refusal::from(error),
    };
    Err(match refused {
        Refusal::Unknown { what, name } if what == "product_class" => {
            let classes = classes(db).await?;
            let like = nearest(classes.iter().map(String::as_str), &name).map(str::to_owned);
            KpiFailure::Class { class: name, like, classes }
        }
        Refusal::Unknown { name, .. } => {
            let tree = super::tree(db).await?;
            let like = tree.like(&name).map(str::to_owned);
            KpiError::UnknownMetric { code: name, like }.into()
        }
        Refusal::Constraint(name) => match name.as_str() {
            "metric_measure" => KpiFailure::Measure(written.measure.clone().unwrap_or_default()),
            "metric_measure_fits" => KpiFailure::MeasureOther {
                metric: clean(metric).into_owned(),
                measure: clean(written.measure.as_deref().unwrap_or_default()).into_owned(),
            },
            "metric_days_of_parts" => of_parts(db, metric).await?,
            "metric_flow_is_summed" => KpiFailure::Summed(clean(metric).into_owned()),
            _ => KpiFailure::Empty,
        },
        other => other.unexpected().into(),
    })
}

/// That the parts of a metric say over which days it is taken: which those are.
async fn of_parts(db: &mut PgConnection, metric: &str) -> Result<KpiFailure, KpiFailure> {
    let tree = super::tree(db).await?;
    let metric = clean(metric).into_owned();
    // Before any facts there is nothing that it is computed from, but its formula names what will be.
    let parts = tree.find(&metric).map_or_else(Vec::new, |at| {
        let bases = tree.bases(at);
        let named = || tree.formula(at).map(Terms::metrics).unwrap_or_default();
        if bases.is_empty() { named() } else { bases }
    });
    let mut parts: Vec<String> = parts.iter().map(|&at| tree.metric(at).code.clone()).collect();
    parts.dedup();
    Ok(KpiFailure::OfParts { metric, parts })
}

/// The classes of the bank's products.
async fn classes(db: &mut PgConnection) -> Result<Vec<String>, KpiFailure> {
    let rows = sqlx::query_scalar!(
        r#"select distinct class as "class!" from baton.product where class is not null order by 1"#
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows.iter().map(|class| clean(class).into_owned()).collect())
}

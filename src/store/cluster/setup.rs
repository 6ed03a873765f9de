//! Setting up a running cluster: its roles, the bank's database, its operators. Every step may be repeated.

use std::time::Duration;

use chrono_tz::Tz;
use sqlx::PgConnection;

use crate::domain::operator::{Duty, Operator};
use crate::store::bank;
use crate::store::line::{Alone, within};
use crate::store::operator;
use crate::store::{StoreError, Target, bootstrap, schema};

use super::{ADMIN, Cluster, ClusterError, DATABASE, INTERNAL, Place, access};

/// The file that says that the setting up was once completed.
const DONE: &str = "baton.ready";
/// How long the server may take to read who may be whom.
const RELOAD_LIMIT: Duration = Duration::from_secs(15);
/// How often to try while it does.
const AGAIN: Duration = Duration::from_millis(20);

/// True if the setting up was once completed.
pub(super) fn is_complete(place: &Place) -> bool {
    place.pg().join(DONE).exists()
}

/// Makes roles, database, schema and the OS user's own operator.
pub(super) async fn complete(cluster: &Cluster) -> Result<(), ClusterError> {
    let mut internal = internal(cluster).await?;
    bootstrap::private_cluster(&mut internal).await?;
    make_database(&mut internal).await?;
    internal.close().await?;
    own_operator(cluster).await?;
    cluster.place().write(DONE, "")
}

/// Drops the bank's database and makes an empty one.
pub(super) async fn reset(cluster: &Cluster) -> Result<(), ClusterError> {
    // A kill from here on leaves a cluster that the next command sets up, not one that is said to be ready.
    cluster.place().remove(DONE)?;
    let mut internal = internal(cluster).await?;
    sqlx::query("drop database if exists baton with (force)").execute(&mut *internal).await?;
    make_database(&mut internal).await?;
    internal.close().await?;
    own_operator(cluster).await?;
    cluster.place().write(DONE, "")
}

/// Makes an operator of the bank, and waits until the cluster's OS users may become it.
pub(super) async fn add_operator(cluster: &Cluster, new: &Operator) -> Result<(), ClusterError> {
    let mut admin = open(cluster.target(ADMIN)).await?;
    operator::put(&mut admin, new).await?;
    let logins = operator::logins(&mut admin).await?;
    admin.close().await?;
    access::write(cluster.place(), &logins)?;
    let mut internal = internal(cluster).await?;
    sqlx::query("select pg_reload_conf()").execute(&mut *internal).await?;
    internal.close().await?;
    wait_for_login(cluster, &new.name).await
}

/// The server reads its files a moment after it was told to.
async fn wait_for_login(cluster: &Cluster, name: &str) -> Result<(), ClusterError> {
    let mut again = tokio::time::interval(AGAIN);
    let work = async {
        loop {
            again.tick().await;
            match open(cluster.target(name)).await {
                Ok(connection) => return connection.close().await,
                Err(StoreError::LoginRefused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    };
    Ok(within(RELOAD_LIMIT, work).await?)
}

async fn make_database(internal: &mut PgConnection) -> Result<(), ClusterError> {
    let there: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(DATABASE)
            .fetch_one(&mut *internal)
            .await?;
    if !there {
        sqlx::query("create database baton owner baton_owner").execute(internal).await?;
    }
    Ok(())
}

/// The schema, and in it the OS user with every duty. A database that has a schema keeps it as it is.
async fn own_operator(cluster: &Cluster) -> Result<(), ClusterError> {
    let mut admin = open(cluster.target(ADMIN)).await?;
    match schema::check(&mut admin).await {
        Err(StoreError::WrongVersion(schema::SchemaGap::Missing)) => {
            schema::migrate(&mut admin).await?;
        }
        other => drop(other?),
    }
    admin.close().await?;
    let own = Operator {
        name: cluster.own_operator(),
        duties: Duty::ALL.to_vec(),
        org: None,
        staff: None,
    };
    add_operator(cluster, &own).await
}

async fn internal(cluster: &Cluster) -> Result<Alone, StoreError> {
    Alone::open_in(&cluster.target(INTERNAL), "postgres").await
}

/// How long the bank is asked for its zone before its server is stopped.
const ZONE_LIMIT: Duration = Duration::from_secs(2);

/// The zone of the bank that is in there; none if there is no bank, or no answer.
pub(super) async fn zone(cluster: &Cluster) -> Option<Tz> {
    let ask = async {
        let mut alone = open(cluster.target(ADMIN)).await?;
        let bank = bank::bank(&mut alone).await;
        alone.close().await?;
        Ok::<_, StoreError>(bank?.timezone)
    };
    within(ZONE_LIMIT, ask).await.ok()
}

/// A connection that counts with those of the process. The cluster is being changed, so that it must not be woken.
async fn open(target: Target) -> Result<Alone, StoreError> {
    Alone::open(&target).await
}

//! Operators: a login role of the server, and its duties in this bank's database.

use sqlx::{Connection as _, PgConnection};

use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::operator::{Duty, Operator};
use crate::msg;

use super::StoreError;

/// Why an operator cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// A name that no login may have, or that Baton keeps for itself.
    #[error("{0:?} cannot be an operator's name")]
    BadName(String),
    /// No open org unit has this code.
    #[error("no org unit {0:?}")]
    UnknownUnit(String),
    /// Nobody of the staff, or nobody of that unit, has this code.
    #[error("no staff {0:?}")]
    UnknownStaff(String),
    /// An RM works for a unit, so he needs the duty branch.
    #[error("an RM needs the duty branch")]
    RmNeedsBranch,
    /// Who has the duty branch signs for a unit, so he needs one; only who has every duty signs for any.
    #[error("the duty branch needs an org unit, or every other duty")]
    BranchNeedsUnit,
    /// The database failed or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for OperatorError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl OperatorError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::BadName(name) => {
                Message::new(msg!("cluster.operator.bad-name")).with("name", name.as_str())
            }
            Self::UnknownUnit(org) => {
                Message::new(msg!("cluster.operator.unknown-unit")).with("org", org.as_str())
            }
            Self::UnknownStaff(staff) => {
                Message::new(msg!("cluster.operator.unknown-staff")).with("staff", staff.as_str())
            }
            Self::RmNeedsBranch => msg!("cluster.operator.rm-needs-branch").into(),
            Self::BranchNeedsUnit => msg!("cluster.operator.branch-needs-unit").into(),
            Self::Store(error) => error.message(),
        }
    }
}

/// True if `name` may be an operator's: at most 63 bytes of letters, digits and `. _ - @`, beginning with a
/// letter or digit, and none of the names that PostgreSQL or Baton keeps.
#[must_use]
pub fn is_name(name: &str) -> bool {
    const KEPT: [&str; 7] =
        ["public", "none", "all", "current_user", "session_user", "current_role", "replication"];
    name.len() <= 63
        && name.starts_with(char::is_alphanumeric)
        && name.chars().all(|c| c.is_alphanumeric() || ['.', '_', '-', '@'].contains(&c))
        && !name.starts_with("pg_")
        && !name.starts_with("baton_")
        && !KEPT.contains(&name)
}

/// Makes `new` a login if it is none, and an operator of this bank with its duties; a known one gets the new
/// duties. An RM without a unit gets that of his staff code. The caller is a member of `baton_owner` with CREATEROLE. All or nothing.
///
/// # Errors
/// [`OperatorError`] with the reason.
pub async fn put(owner: &mut PgConnection, new: &Operator) -> Result<(), OperatorError> {
    let Operator { name, duties, org, staff } = new;
    if !is_name(name) {
        return Err(OperatorError::BadName(name.clone()));
    }
    let mut tx = owner.begin().await?;
    // A block takes no parameters: the name goes in by a setting, and the server quotes it.
    sqlx::query("select set_config('baton.new_operator', $1, true)")
        .bind(name)
        .execute(&mut *tx)
        .await?;
    sqlx::raw_sql(
        "do $$
        declare
            name text := current_setting('baton.new_operator');
        begin
            if not exists (select from pg_roles where rolname = name) then
                execute format('create role %I login in role baton_operator', name);
            elsif not exists (
                select from pg_auth_members a
                join pg_roles r on r.oid = a.roleid and r.rolname = 'baton_operator'
                join pg_roles m on m.oid = a.member and m.rolname = name
            ) then
                execute format('grant baton_operator to %I', name);
            end if;
        end
        $$",
    )
    .execute(&mut *tx)
    .await?;
    sqlx::raw_sql("set local role baton_owner").execute(&mut *tx).await?;
    let codes: Vec<String> = duties.iter().map(|duty| duty.code().to_owned()).collect();
    sqlx::query!(
        "select baton.operator_put($1, $2, $3, $4)",
        name,
        &codes,
        org.as_deref(),
        staff.as_deref()
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| put_error(error, new))?;
    tx.commit().await?;
    Ok(())
}

fn put_error(error: sqlx::Error, new: &Operator) -> OperatorError {
    let Some(db) = error.as_database_error() else { return error.into() };
    match db.constraint() {
        Some("branch_operator_has_org") => return OperatorError::BranchNeedsUnit,
        Some("rm_operator_has_unit") => return OperatorError::RmNeedsBranch,
        _ => {}
    }
    let code = |code: &Option<String>| code.clone().unwrap_or_default();
    match (db.code().as_deref(), db.message()) {
        (Some("BT003"), "staff") => OperatorError::UnknownStaff(code(&new.staff)),
        (Some("BT003"), _) => OperatorError::UnknownUnit(code(&new.org)),
        _ => error.into(),
    }
}

/// The operators of this bank, by name.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection) -> Result<Vec<Operator>, StoreError> {
    let rows = sqlx::query!(
        r#"select o.name, o.duties, u.code as "org?", s.code as "staff?"
           from baton.operator o left join baton.org_unit u on u.id = o.org_id
           left join baton.staff s on s.id = o.staff_id
           order by o.name"#
    )
    .fetch_all(db)
    .await?;
    let operators = rows.into_iter().map(|row| Operator {
        name: clean(&row.name).into_owned(),
        duties: row.duties.iter().filter_map(|code| Duty::from_code(code)).collect(),
        org: row.org.map(|code| clean(&code).into_owned()),
        staff: row.staff.map(|code| clean(&code).into_owned()),
    });
    Ok(operators.collect())
}

/// The staff code of the first RM of a unit: who owns a customer there. None if nobody does.
///
/// # Errors
/// Any [`StoreError`].
pub async fn first_rm(db: &mut PgConnection, org: &str) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select s.code from baton.staff s join baton.org_unit u on u.id = s.org_id
         where u.code = $1 and s.closed_on is null
             and exists (select from baton.customer c where c.org_id = u.id and c.rm_id = s.id)
         order by s.code limit 1",
        org
    )
    .fetch_optional(db)
    .await?)
}

/// The logins of the server that are operators of any bank.
///
/// # Errors
/// Any [`StoreError`].
pub async fn logins(db: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "select m.rolname::text
         from pg_auth_members a
         join pg_roles r on r.oid = a.roleid and r.rolname = 'baton_operator'
         join pg_roles m on m.oid = a.member and m.rolcanlogin
         where m.rolname not like 'baton\\_%'
         order by 1",
    )
    .fetch_all(db)
    .await?)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("li.strategist")]
    #[case("root")]
    #[case("王审批")]
    #[case("li@bank.example")]
    #[case("x-1_2")]
    fn these_may_be_operators(#[case] name: &str) {
        assert!(is_name(name));
    }

    #[rstest]
    #[case("")]
    #[case("pg_monitor")]
    #[case("baton_internal")]
    #[case("baton_admin")]
    #[case("public")]
    #[case("a\"b")]
    #[case("a b")]
    #[case("-x")]
    #[case("/.*")]
    #[case("a\nb")]
    #[case("x'; drop role baton_owner; --")]
    #[case("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    fn these_may_not(#[case] name: &str) {
        assert!(!is_name(name));
    }
}

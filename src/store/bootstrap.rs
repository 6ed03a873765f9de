//! The roles that every database of Baton shares. They belong to the server, not to a database, so that making
//! them is idempotent and happens under a lock that all processes find: in database `postgres`.

use sqlx::PgConnection;

use super::StoreError;

/// Makes what is missing of the common roles. The login needs CREATEROLE only if something is missing.
///
/// `baton_owner` owns every object and is nobody's login; `baton_operator` is every operator's group;
/// `baton_sandbox` is all that a manifest's SQL is; `baton_branch_system` is the group of the branches' own systems, which
/// write outcomes and read nothing.
///
/// # Errors
/// [`StoreError::NotPermitted`] if something is missing and the login may not make it, or any other.
pub async fn roles(postgres: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::raw_sql(
        "do $$
        declare
            missing text;
        begin
            -- Anybody can hold this lock: it keeps two starts apart, and is waited for only so long.
            for attempt in 1 .. 50 loop
                exit when pg_try_advisory_xact_lock(hashtext('baton.bootstrap'));
                perform pg_sleep(0.1);
            end loop;
            foreach missing in array array['baton_owner', 'baton_operator', 'baton_sandbox', 'baton_branch_system'] loop
                if not exists (select from pg_roles where rolname = missing) then
                    execute format('create role %I nologin', missing);
                end if;
            end loop;
            if not pg_has_role('baton_owner', 'baton_operator', 'member') then
                grant baton_operator to baton_owner;
            end if;
            if not pg_has_role('baton_owner', 'baton_sandbox', 'member') then
                grant baton_sandbox to baton_owner;
            end if;
            if not pg_has_role(current_user, 'baton_owner', 'member') then
                execute format('grant baton_owner to %I', current_user);
            end if;
        end
        $$",
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// The common roles, and the login that migrates and makes operators in the private cluster.
///
/// # Errors
/// Any [`StoreError`].
pub async fn private_cluster(postgres: &mut PgConnection) -> Result<(), StoreError> {
    roles(postgres).await?;
    sqlx::raw_sql(
        "do $$
        begin
            for attempt in 1 .. 50 loop
                exit when pg_try_advisory_xact_lock(hashtext('baton.bootstrap'));
                perform pg_sleep(0.1);
            end loop;
            if not exists (select from pg_roles where rolname = 'baton_admin') then
                create role baton_admin login createrole;
            end if;
            grant baton_owner to baton_admin;
            grant baton_operator to baton_admin with admin option;
        end
        $$",
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Lets `baton_owner` make the schema in this database. The login is the database's owner.
///
/// # Errors
/// [`StoreError::NotPermitted`] if the login may not grant that, or any other.
pub async fn database(bank: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::raw_sql(
        "do $$
        begin
            if not has_database_privilege('baton_owner', current_database(), 'create') then
                execute format('grant create on database %I to baton_owner', current_database());
            end if;
        end
        $$",
    )
    .execute(bank)
    .await?;
    Ok(())
}

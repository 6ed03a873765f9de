//! What every command is given: its settings, its output, and a way to the database.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::operator::Operator;
use crate::domain::webhook::Webhooks;
use crate::msg;
use crate::store::cluster::{ADMIN, Cluster, ClusterError, Home, Place, find, postgres_user};
use crate::store::connect::{ANSWER_LIMIT, CONNECT_LIMIT, within};
use crate::store::operator::{is_name, list};
use crate::store::{Db, StoreError, Target, schema};
use crate::text::Lang;

use super::args::{Global, Start};
use super::output::{Format, Output};
use super::surroundings::Surroundings;
use super::{Failure, config};

/// The global options after command line, environment, config file and defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A bank's own server; none is the private cluster.
    pub database_url: Option<String>,
    /// Where the private cluster lives.
    pub data_dir: PathBuf,
    /// The operator to be, if one was named.
    pub operator: Option<String>,
    /// The bank's today, if it was moved.
    pub as_of: Option<NaiveDate>,
    /// How results are written.
    pub format: Format,
    /// The same, if it was said.
    pub wanted: Option<Format>,
    /// The file that the table goes into, if one was named.
    pub into: Option<PathBuf>,
    /// The operator's language.
    pub lang: Lang,
    /// The console's theme, if one was named.
    pub theme: Option<String>,
    /// The console's glyph set, if one was named.
    pub glyphs: Option<String>,
    /// The console shows the panes first, whatever waits.
    pub start_at_panes: bool,
    /// Without colours.
    pub no_color: bool,
    /// Where a worker may send messages over HTTP.
    pub webhooks: Webhooks,
    /// The environment.
    pub surroundings: Surroundings,
}

impl Settings {
    /// Puts the settings together; what stands further left in "command line, environment, file" wins.
    ///
    /// # Errors
    /// [`Failure`] if the config file is wrong.
    pub fn gather(global: Global, surroundings: Surroundings) -> Result<Self, Failure> {
        let mut config = config::read(&surroundings.config_file())?;
        let mut webhooks = config.webhooks();
        webhooks.secrets = webhooks.secrets.or_else(|| surroundings.credentials.clone());
        let global = config.under(global);
        Ok(Self {
            lang: language(&global, &surroundings),
            database_url: global.database_url.filter(|url| !url.is_empty()),
            data_dir: global.data_dir.unwrap_or_else(|| surroundings.data_dir()),
            operator: global.operator,
            as_of: global.as_of,
            format: global.format.unwrap_or_default(),
            wanted: global.format,
            into: global.into,
            theme: global.theme,
            glyphs: global.glyphs,
            start_at_panes: global.start == Some(Start::Panes),
            no_color: global.no_color || surroundings.no_color,
            webhooks,
            surroundings,
        })
    }
}

/// The language, known before the config file is read so that its errors can be said in it.
#[must_use]
pub fn language(global: &Global, surroundings: &Surroundings) -> Lang {
    Lang::choose(
        global.lang.map(Into::into),
        surroundings.lc_all.as_deref(),
        surroundings.lang.as_deref(),
    )
}

/// What every command is given.
#[derive(Clone, Debug)]
pub struct Context {
    /// The global options.
    pub settings: Settings,
    /// stdout and stderr.
    pub output: Output,
    /// The console's connections, where a command runs inside it.
    pub opened: Option<Db>,
}

impl Context {
    /// A context of these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let output =
            Output { format: settings.format, lang: settings.lang, kept: None, quiet: false };
        Self { settings, output, opened: None }
    }

    /// The operator's language.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.settings.lang
    }

    /// The database as the operator, its schema compared. The private cluster is started if it is down.
    ///
    /// # Errors
    /// [`Failure`] with the sentence for the operator.
    pub async fn connect(&self) -> Result<Db, Failure> {
        if let Some(db) = &self.opened {
            return Ok(db.lend());
        }
        let db = self.db().await?;
        let checked = match db.session().await {
            Ok(mut session) => {
                let checked = db.within(CONNECT_LIMIT, schema::check(&mut session)).await;
                session.give_back().await;
                checked
            }
            Err(error) => Err(error),
        };
        match checked {
            Ok(_) => Ok(db.with_engine(super::engine::Place::of(self)?.socket())),
            Err(StoreError::LoginRefused { .. }) if self.is_private() => {
                Err(self.unknown_operator(db.operator()).await)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The operator's database; nothing is connected yet. The private cluster is started if it is down.
    ///
    /// # Errors
    /// [`Failure`] with the sentence for the operator.
    pub async fn db(&self) -> Result<Db, Failure> {
        let operator = self.settings.operator.as_deref();
        if let Some(name) = operator.filter(|name| self.is_private() && !is_name(name)) {
            return Err(self.unknown_operator(name).await);
        }
        if let Some(url) = &self.settings.database_url {
            return Ok(Db::new(Target::server(url, operator)?, self.settings.as_of));
        }
        let cluster = self.cluster().await?;
        cluster.up().await?;
        let operator = operator.map_or_else(|| cluster.own_operator(), str::to_owned);
        Ok(Db::private(cluster, &operator, self.settings.as_of))
    }

    /// The database as a member of `baton_owner`: migrations, operators, the demo. On a server that is the login
    /// of the URL or of `--as`; in the private cluster Baton's own `baton_admin`. The schema is not compared.
    ///
    /// # Errors
    /// [`Failure`] with the sentence for the operator.
    pub async fn owner(&self) -> Result<Db, Failure> {
        if !self.is_private() {
            return self.db().await;
        }
        let cluster = self.cluster().await?;
        self.only_owner(&cluster)?;
        cluster.up().await?;
        Ok(Db::private(cluster, ADMIN, self.settings.as_of))
    }

    /// Refuses whoever asked to be another operator than the private cluster's own: what its owner may do, nobody does
    /// as somebody else.
    ///
    /// # Errors
    /// [`Failure`] that names both.
    pub fn only_owner(&self, cluster: &Cluster) -> Result<(), Failure> {
        let own = cluster.own_operator();
        match self.settings.operator.as_deref() {
            Some(name) if name != own => Err(Failure::refused(
                Message::new(msg!("cluster.only-owner"))
                    .with("own", own)
                    .with("name", clean(name).into_owned()),
            )),
            _ => Ok(()),
        }
    }

    /// Waits for the answer to a few statements, but not for ever: a dead link says nothing.
    ///
    /// # Errors
    /// Those of `work`, and that the deadline has passed.
    pub async fn answer<T, E: Into<Failure>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        within(ANSWER_LIMIT, async { work.await.map_err(Into::into) }).await
    }

    /// A word for this operator in this database: the same at the next start, and another one's nowhere. Nothing is
    /// connected for it.
    #[must_use]
    pub fn identity(&self) -> String {
        let operator = self.settings.operator.as_deref();
        let Some(url) = &self.settings.database_url else {
            let user = operator.unwrap_or(&self.settings.surroundings.user);
            return format!("{}\0\0{user}", self.settings.data_dir.display());
        };
        Target::server(url, operator).map_or_else(
            |_| url.clone(),
            |target| format!("{}\0{}\0{}", target.place(), target.database(), target.user()),
        )
    }

    /// Where the operator's half-written forms lie, a directory for each bank.
    #[must_use]
    pub fn drafts_dir(&self) -> PathBuf {
        self.settings.surroundings.log_dir().join("drafts")
    }

    /// The directory of the private bank; none on a server.
    #[must_use]
    pub fn own_data_dir(&self) -> Option<&Path> {
        self.is_private().then_some(self.settings.data_dir.as_path())
    }

    /// True if Baton runs its own server.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.settings.database_url.is_none()
    }

    /// The private cluster, whether or not it is made.
    ///
    /// # Errors
    /// [`Failure`] if there is a place for none.
    pub async fn cluster(&self) -> Result<Cluster, Failure> {
        let around = &self.settings.surroundings;
        let postgres = if around.is_root() { postgres_user().await } else { None };
        let home = Home {
            data_dir: self.settings.data_dir.clone(),
            os_user: around.user.clone(),
            uid: around.uid,
            runtime_dir: around.runtime_dir.clone(),
            searched: around.searched(),
        };
        if around.is_root() && postgres.is_none() {
            // The package that brings the server brings the user, so that a missing server is the better news.
            find(&home.searched, None).await.map_err(ClusterError::from)?;
        }
        Ok(Cluster::new(Place::new(home, postgres)?))
    }

    async fn unknown_operator(&self, name: &str) -> Failure {
        let known = match self.operators().await {
            Ok(known) => known.into_iter().map(|operator| operator.name),
            Err(failure) => return failure,
        };
        let known: Vec<String> = known.collect();
        if known.iter().any(|one| one == name) {
            // After a restore on another machine.
            let said = Message::new(msg!("cluster.operator.no-login"));
            return Failure::refused(said.with("name", clean(name).into_owned()));
        }
        Failure::refused(
            Message::new(msg!("cluster.operator.unknown"))
                .with("name", clean(name).into_owned())
                .with("known", known.join(", ")),
        )
    }

    /// The private cluster's operators, as its own login sees them.
    async fn operators(&self) -> Result<Vec<Operator>, Failure> {
        let cluster = self.cluster().await?;
        cluster.up().await?;
        let db = Db::private(cluster, ADMIN, None);
        let mut session = db.session().await?;
        self.answer(list(&mut session)).await
    }
}

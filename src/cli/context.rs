//! What every command is given: its settings, its output, and a way to the database.

use std::path::PathBuf;

use chrono::NaiveDate;

use crate::store::{Db, Target, schema};
use crate::text::Lang;

use super::args::Global;
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
    /// The operator's language.
    pub lang: Lang,
    /// The console's theme, if one was named.
    pub theme: Option<String>,
    /// The console's glyph set, if one was named.
    pub glyphs: Option<String>,
    /// Without colours.
    pub no_color: bool,
    /// The environment.
    pub surroundings: Surroundings,
}

impl Settings {
    /// Puts the settings together; what stands further left in "command line, environment, file" wins.
    ///
    /// # Errors
    /// [`Failure`] if the config file is wrong.
    pub fn gather(global: Global, surroundings: Surroundings) -> Result<Self, Failure> {
        let global = config::read(&surroundings.config_file())?.under(global);
        Ok(Self {
            lang: language(&global, &surroundings),
            database_url: global.database_url.filter(|url| !url.is_empty()),
            data_dir: global.data_dir.unwrap_or_else(|| surroundings.data_dir()),
            operator: global.operator,
            as_of: global.as_of,
            format: global.format.unwrap_or_default(),
            theme: global.theme,
            glyphs: global.glyphs,
            no_color: global.no_color || surroundings.no_color,
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
}

impl Context {
    /// A context of these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let output = Output { format: settings.format, lang: settings.lang };
        Self { settings, output }
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
        let db = Db::new(self.target().await?, self.settings.as_of);
        schema::check(&mut *db.session().await?).await?;
        Ok(db)
    }

    /// Where the operator's database is; starts the private cluster if it is down, but connects to nothing.
    ///
    /// # Errors
    /// [`Failure`] with the sentence for the operator.
    pub async fn target(&self) -> Result<Target, Failure> {
        let operator = self.settings.operator.as_deref();
        match &self.settings.database_url {
            Some(url) => Ok(Target::server(url, operator)?),
            None => Err(Failure::refused(crate::msg!("cluster.no-database"))),
        }
    }

    /// Where the database is for a member of `baton_owner`: migrations, operators, the demo. On a server that
    /// is the login of the URL or of `--as`; in the private cluster Baton's own `baton_admin`.
    ///
    /// # Errors
    /// [`Failure`] with the sentence for the operator.
    pub async fn owner_target(&self) -> Result<Target, Failure> {
        self.target().await
    }
}

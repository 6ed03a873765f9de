//! The segment that a standard play suggests.

use sqlx::PgConnection;

use super::{SegmentError, save, show};
use crate::domain::rule::{Rule, Vocabulary};
use crate::domain::strategy::template::Template;

/// The code of the segment that a template suggests, which is saved if it is not there; one of its code that is there
/// already is taken as it is.
///
/// # Errors
/// [`SegmentError::Rule`] if the bank's dictionary does not have what the template's rule names, and any other of it.
pub async fn suggested(
    db: &mut PgConnection,
    words: &Vocabulary,
    template: &Template,
) -> Result<String, SegmentError> {
    let code = template.segment_code();
    match show(db, &code).await {
        Ok(_) => Ok(code),
        Err(SegmentError::Unknown { .. }) => {
            let rule =
                Rule::parse_of_segment(&template.segment_rule, words, &code).map_err(|error| {
                    SegmentError::Rule { code: code.clone(), error: Box::new(error) }
                })?;
            save(db, &code, &template.segment_name, &rule).await?;
            Ok(code)
        }
        Err(other) => Err(other),
    }
}

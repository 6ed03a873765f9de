//! Who may be whom in the private cluster: `pg_hba.conf` and `pg_ident.conf`.
//!
//! The socket is the only way in, and the system tells the server who stands at its other end (peer
//! authentication). Each pair of OS user and operator has a line of its own; there is no pattern, so that nobody
//! becomes an operator by the look of a name.
#![expect(clippy::disallowed_methods, reason = "the cluster's own files are read here")]

use std::collections::BTreeSet;

use super::{ADMIN, ClusterError, INTERNAL, Place};

/// The whole of `pg_hba.conf`.
const HBA: &str = "# written by Baton\nlocal all all peer map=baton\n";

/// The operator of an OS user: his name, with what no login may have replaced.
pub(super) fn operator_of(os_user: &str) -> String {
    let plain: String = os_user
        .chars()
        .map(|c| if c.is_alphanumeric() || ['.', '_', '-', '@'].contains(&c) { c } else { '_' })
        .collect();
    if crate::store::operator::is_name(&plain) { plain } else { format!("u_{plain}") }
}

/// Writes both files: every OS user so far may be every one of `operators` and those so far.
pub(super) fn write(place: &Place, operators: &[String]) -> Result<(), ClusterError> {
    place.write("pg_hba.conf", HBA)?;
    let before = std::fs::read_to_string(place.pg().join("pg_ident.conf")).unwrap_or_default();
    let text = ident(&before, &[&place.os_user, place.owner_name()], operators, &place.os_user);
    place.write("pg_ident.conf", &text)
}

fn ident(before: &str, os_users: &[&str], operators: &[String], own: &str) -> String {
    let mut users: BTreeSet<String> = os_users.iter().map(|user| (*user).to_owned()).collect();
    let mut names: BTreeSet<String> = operators.iter().cloned().collect();
    names.extend([operator_of(own), ADMIN.to_owned(), INTERNAL.to_owned()]);
    for line in before.lines().filter(|line| line.starts_with("baton ")) {
        if let [_, user, _, name, _] = line.split('"').collect::<Vec<_>>()[..] {
            users.insert(user.to_owned());
            names.insert(name.to_owned());
        }
    }
    // A leading slash would make a pattern of a name, and a quote would end it.
    users.retain(|user| !user.starts_with('/') && !user.contains(['"', '\n']));
    let mut text = "# written by Baton: one line per OS user and operator\n".to_owned();
    for user in &users {
        for name in &names {
            text.extend(["baton \"", user, "\" \"", name, "\"\n"]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_has_a_line_of_its_own() {
        let text = ident("", &["li"], &["wang.approver".to_owned()], "li");
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let expected = ["baton_admin", "baton_internal", "li", "wang.approver"];
        assert_eq!(lines, expected.map(|name| format!("baton \"li\" \"{name}\"")));
    }

    #[test]
    fn who_was_there_stays() {
        let before = ident("", &["li"], &["wang.approver".to_owned()], "li");
        let after = ident(&before, &["zhao"], &[], "zhao");
        assert!(after.contains("\"li\" \"zhao\""), "{after}");
        assert!(after.contains("\"zhao\" \"wang.approver\""), "{after}");
    }

    #[test]
    fn an_os_user_that_would_be_a_pattern_is_left_out() {
        assert!(!ident("", &["/.*", "li"], &[], "li").contains(".*"));
    }

    #[test]
    fn an_os_user_from_a_domain_has_an_operator() {
        assert_eq!(operator_of("BANK\\li"), "BANK_li");
        assert_eq!(operator_of("li"), "li");
        assert_eq!(operator_of("pg_li"), "u_pg_li");
    }
}

-- One word for one thing: what customers hold is AUM in both languages, as on every screen and in every report.
update baton.fixed_column set zh = 'AUM', en = 'AUM' where code = 'aum';

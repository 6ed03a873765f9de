-- Nobody but the owner of the schema asks it: whatever writes words is a function of his.
revoke execute on function baton.is_blank from public;

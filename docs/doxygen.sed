# Our comments are plain; doxygen wants to be told which of them are documentation: the
# first of a file, those above a declaration, those behind a member. Headings are not.
1s,^/\* \([a-z_]*\.h\) - ,/** @file \1\n * ,
/^\/\* ----/d
s,^\( *\)/\* ,\1/** ,
s,\([;\,]\) */\* ,\1 /**< ,

/* table.c - the one check that all tables of the public headers have in common. */
#include "base/table.h"

#include "base/error.h"

enum jangle_result jn_table_check(const char *owner,
                                  const char *table,
                                  const void *items,
                                  size_t count,
                                  struct jangle_error *error)
{
    if (items && !count)
        return jn_fail(error, JANGLE_INVALID,
                       "%s.%s has items but a count of 0: a bare array does not know its "
                       "length, so write JANGLE_ARRAY(array)",
                       owner, table);
    if (!items && count)
        return jn_fail(error, JANGLE_INVALID, "%s.%s has a count of %zu but no items",
                       owner, table, count);
    return JANGLE_OK;
}

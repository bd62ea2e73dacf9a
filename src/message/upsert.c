/* upsert.c - the checks of an upsert's description. */
#include "base/error.h"
#include "message/member.h"

#include <jangle/plugin/support.h>
#include <jangle/view.h>

enum { COLUMNS_MAX = 72 }; /* 36 entries of JANGLE_UPSERT, each with a version column */

static bool is_upsert_padding(const void *upsert, size_t byte)
{
    return !((const struct jangle_upsert *)upsert)->holds(byte);
}

/* A member of the struct without a column would silently not be stored. */
static enum jangle_result check_upsert_layout(const struct jangle_upsert *upsert,
                                              struct jangle_error *error)
{
    const struct jangle_field *fields[COLUMNS_MAX];
    struct jn_layout layout = {.name = upsert->name,
                               .size = upsert->size,
                               .fields = fields,
                               .is_padding = upsert->holds ? is_upsert_padding : NULL,
                               .type = upsert};

    for (const struct jangle_column *column = upsert->columns; column->rule; column++)
        fields[layout.count++] = &column->field;
    return jn_layout_check(&layout, error);
}

static enum jangle_result check_upsert_column(const struct jangle_upsert *upsert,
                                              const struct jangle_column *column,
                                              struct jangle_error *error)
{
    const struct jangle_field *field = &column->field;

    if (!field->name || !*field->name)
        return jn_fail(error, JANGLE_INVALID, "%s: column %d has no name", upsert->name,
                       (int)(column - upsert->columns));
    if (field->kind <= JANGLE_KIND_END || field->kind >= JANGLE_KIND_NESTED)
        return jn_fail(error, JANGLE_INVALID,
                       "%s.%s: a column cannot hold a struct or a list", upsert->name,
                       field->name);
    return JANGLE_OK;
}

enum jangle_result jn_upsert_check(const struct jangle_upsert *upsert,
                                   struct jangle_error *error)
{
    size_t count = 0;

    if (!upsert->name || !*upsert->name)
        return jn_fail(error, JANGLE_INVALID, "an upsert has no name");
    if (!upsert->table || !*upsert->table)
        return jn_fail(error, JANGLE_INVALID, "%s: has no table", upsert->name);
    while (upsert->columns && upsert->columns[count].rule && count <= COLUMNS_MAX) {
        if (check_upsert_column(upsert, &upsert->columns[count], error))
            return JANGLE_INVALID;
        count++;
    }
    if (!count || count > COLUMNS_MAX)
        return jn_fail(error, JANGLE_INVALID, "%s: has no columns, or more than %d",
                       upsert->name, COLUMNS_MAX);
    return upsert->size ? check_upsert_layout(upsert, error) : JANGLE_OK;
}

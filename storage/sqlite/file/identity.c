/* identity.c - read the one row that says which store a file is. */
#include "sqlite/file/identity.h"

#include "sqlite/file/columns.h"
#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"

static void read_identity(struct jn_columns *columns, struct jn_store_identity *identity)
{
    (void)jn_columns_number_in(columns, 0, 1, 1);
    jn_columns_copy(columns, 1, identity->id, sizeof identity->id);
    identity->epoch = jn_columns_number_in(columns, 2, 1, INT64_MAX);
    identity->first_position = jn_columns_number_in(columns, 3, 1, INT64_MAX);
    identity->schema_1_events = jn_columns_number_in(columns, 4, 0, INT64_MAX);
    jn_columns_verify(columns, 5);
}

/* There must be exactly one row: a second one is damage, whichever comes first. */
enum jangle_result jn_identity_read(struct jn_database *database,
                                    struct jn_store_identity *identity,
                                    struct jangle_error *error)
{
    static const char sql[] =
        "SELECT one, id, epoch, first_position, schema_1_events,"
        " checksum = " JN_STORE_CHECKSUM("epoch") " FROM store";
    struct jn_columns columns = {.database = database, .table = "store", .error = error};

    jn_columns_ask(&columns, sql, NULL, 0);
    if (jn_columns_next(&columns)) {
        read_identity(&columns, identity);
        if (jn_columns_next(&columns))
            jn_columns_refuse_row(&columns, "is not the only one");
    } else {
        jn_columns_refuse_row(&columns, "has no row: it does not say which store it is");
    }
    return jn_columns_end(&columns);
}

/* The connection that writes is used if there is one, so that no reader is opened yet. */
enum jangle_result jn_file_identify(struct jn_file *file, struct jangle_error *error)
{
    struct jn_database *reader;
    enum jangle_result result;

    if (file->writer.handle)
        return jn_identity_read(&file->writer, &file->identity, error);
    result = jn_file_take_reader(file, &reader, error);
    if (result)
        return result;
    result = jn_identity_read(reader, &file->identity, error);
    jn_file_release_reader(file, reader);
    return result;
}

/* table.c - rows: aligned for people, one JSON object a line for programs. */
#include "admin/call.h"
#include "admin/safe.h"
#include "admin/wellformed.h"
#include "admin/when.h"

#include <inttypes.h>
#include <string.h>

/* A text longer than TEXT_MAX is cut for people, unless they want all of it; after
 * GATHERED_MAX bytes rows should be written; and so many blanks stand between columns. */
enum { TEXT_MAX = 4096, GATHERED_MAX = 256 * 1024, GAP = 2 };

static bool is_shown(const struct jangle_verb_call *call,
                     const struct jangle_table_column *column)
{
    return column->shown_to == JANGLE_FOR_BOTH ||
           column->shown_to == (call->json ? JANGLE_FOR_JSON : JANGLE_FOR_PEOPLE);
}

static bool is_text(const struct jangle_table_column *column)
{
    return column->kind == JANGLE_CELL_TEXT || column->kind == JANGLE_CELL_DATA;
}

static bool is_nothing(const struct jangle_table_column *column,
                       const struct jangle_table_cell *cell)
{
    if (is_text(column))
        return !cell->text;
    return cell->number == (column->kind == JANGLE_CELL_TIME ? 0 : JANGLE_CELL_NONE);
}

static size_t size_of(const struct jangle_table_cell *cell)
{
    return cell->size ? cell->size : strlen(cell->text);
}

/* ---- JSON ------------------------------------------------------------------------- */

static void put_json(struct jn_bytes *out,
                     const struct jangle_table_column *column,
                     const struct jangle_table_cell *cell)
{
    if (is_nothing(column, cell)) {
        jn_bytes_text(out, "null");
        return;
    }
    switch (column->kind) {
    case JANGLE_CELL_NUMBER:
        jn_bytes_format(out, "%" PRId64, cell->number);
        break;
    case JANGLE_CELL_FLAG:
        jn_bytes_text(out, cell->number ? "true" : "false");
        break;
    case JANGLE_CELL_TIME:
        jn_bytes_text(out, "\"");
        jn_when_put_rfc3339(out, (jangle_time){cell->number});
        jn_bytes_text(out, "\"");
        break;
    case JANGLE_CELL_DATA:
        if (jn_is_wellformed(cell->text, size_of(cell))) {
            jn_safe_json_value(out, cell->text, size_of(cell));
            break;
        }
        /* fall through */
    case JANGLE_CELL_TEXT:
        jn_safe_json_string(out, cell->text, size_of(cell));
        break;
    }
}

static void put_object(struct jangle_verb_call *call,
                       const struct jangle_table_columns *columns,
                       const struct jangle_table_cell *cells)
{
    struct jn_bytes *out = &call->screen.held;
    const char *before = "{";

    for (size_t i = 0; i < columns->count; i++) {
        if (!is_shown(call, &columns->items[i]))
            continue;
        jn_bytes_text(out, before);
        jn_safe_json_string(out, columns->items[i].name, strlen(columns->items[i].name));
        jn_bytes_text(out, ":");
        put_json(out, &columns->items[i], &cells[i]);
        before = ",";
    }
    jn_bytes_text(out, "}\n");
}

/* ---- people ----------------------------------------------------------------------- */

static void put_text(const struct jangle_verb_call *call,
                     struct jn_bytes *out,
                     const struct jangle_table_cell *cell)
{
    size_t size = size_of(cell);
    size_t cut = TEXT_MAX;

    if (call->full || size <= TEXT_MAX) {
        jn_safe_put(out, cell->text, size);
        return;
    }
    while (cut > TEXT_MAX - 4 && (cell->text[cut] & 0xc0) == 0x80)
        cut--; /* not within a character */
    jn_safe_put(out, cell->text, cut);
    jn_bytes_text(out, "... (");
    jn_bytes_thousands(out, (int64_t)size);
    jn_bytes_text(out, " bytes; --full shows all)");
}

/* Where there is little room a time has no fraction. */
static void
put_time(const struct jangle_verb_call *call, struct jn_bytes *out, jangle_time time)
{
    enum { NARROW = 120 };

    if (call->screen.width && call->screen.width < NARROW)
        jn_when_put_brief(out, time, call->local);
    else
        jn_when_put(out, time, call->local);
}

static void put_cell(const struct jangle_verb_call *call,
                     struct jn_bytes *out,
                     const struct jangle_table_column *column,
                     const struct jangle_table_cell *cell)
{
    if (is_nothing(column, cell))
        return;
    if (is_text(column))
        put_text(call, out, cell);
    else if (column->kind == JANGLE_CELL_NUMBER)
        jn_bytes_thousands(out, cell->number);
    else if (column->kind == JANGLE_CELL_TIME)
        put_time(call, out, (jangle_time){cell->number});
    else
        jn_bytes_text(out, cell->number ? "yes" : "no");
}

static void put_heading(struct jn_bytes *out, const struct jangle_table_column *column)
{
    for (const char *at = column->name; *at; at++)
        jn_bytes_put(out, *at == '_' ? " " : at, 1);
}

static void gather_end(struct jn_table *table)
{
    jn_bytes_put(&table->ends, &table->cells.size, sizeof table->cells.size);
}

static void gather_row(struct jangle_verb_call *call,
                       const struct jangle_table_cell *cells)
{
    struct jn_table *table = &call->table;

    for (size_t i = 0; i < table->columns->count; i++) {
        const struct jangle_table_column *column = &table->columns->items[i];

        if (is_shown(call, column) && cells)
            put_cell(call, &table->cells, column, &cells[i]);
        else if (is_shown(call, column))
            put_heading(&table->cells, column);
        gather_end(table);
    }
}

/* ---- alignment -------------------------------------------------------------------- */

static size_t number_in(const struct jn_bytes *numbers, size_t index)
{
    size_t number;

    memcpy(&number, numbers->text + index * sizeof number, sizeof number);
    return number;
}

static size_t start_of(const struct jn_table *table, size_t index)
{
    return index ? number_in(&table->ends, index - 1) : 0;
}

static size_t cell_count(const struct jn_table *table)
{
    return table->ends.size / sizeof(size_t);
}

static size_t cell_width(const struct jn_table *table, size_t index)
{
    size_t start = start_of(table, index);

    return jn_safe_width(table->cells.text + start,
                         number_in(&table->ends, index) - start);
}

static void widen(struct jn_table *table)
{
    for (size_t i = 0; i < cell_count(table); i++) {
        size_t column = i % table->columns->count;
        size_t width = cell_width(table, i);
        char *at = table->widths.text + column * sizeof width;

        if (width > number_in(&table->widths, column))
            memcpy(at, &width, sizeof width);
    }
}

/* The terminal's width goes to the columns from the left; what shrinks gives way. */
static size_t room_of(const struct jangle_verb_call *call, size_t column)
{
    const struct jn_table *table = &call->table;
    size_t width = number_in(&table->widths, column);
    size_t others = 0;
    size_t least = 8;

    if (!call->screen.width || !table->columns->items[column].shrinks)
        return width;
    for (size_t i = 0; i < table->columns->count; i++)
        if (i != column && is_shown(call, &table->columns->items[i]))
            others += number_in(&table->widths, i) + GAP;
    if (others + least > call->screen.width)
        return width < least ? width : least;
    return width < call->screen.width - others ? width : call->screen.width - others;
}

/* A cell in so many columns: cut with three dots, if it is wider. */
static void
put_aligned(struct jn_bytes *out, const char *text, size_t size, size_t room, bool right)
{
    size_t width = jn_safe_width(text, size);

    if (width > room && room > 3) {
        size_t fit = jn_safe_fit(text, size, room - 3);

        jn_bytes_put(out, text, fit);
        jn_bytes_text(out, "...");
        width = jn_safe_width(text, fit) + 3;
    } else {
        if (right && width < room)
            jn_bytes_repeat(out, ' ', room - width);
        jn_bytes_put(out, text, size);
        width = right && width < room ? room : width;
    }
    if (width < room)
        jn_bytes_repeat(out, ' ', room - width);
}

static void drop_blanks(struct jn_bytes *line)
{
    while (line->size && line->text[line->size - 1] == ' ')
        line->size--;
}

/* Whatever a column does, a line is never wider than the terminal. */
static void put_line(struct jangle_verb_call *call, struct jn_bytes *line, bool heading)
{
    struct jn_bytes *out = &call->screen.held;
    bool bold = heading && call->screen.colors;

    drop_blanks(line);
    if (call->screen.width && jn_safe_width(line->text, line->size) > call->screen.width)
        line->size = jn_safe_fit(line->text, line->size, call->screen.width);
    jn_bytes_text(out, bold ? "\033[1m" : "");
    jn_bytes_put(out, line->text, line->size);
    jn_bytes_text(out, bold ? "\033[0m\n" : "\n");
    jn_bytes_clear(line);
}

static void put_row(struct jangle_verb_call *call, size_t first, struct jn_bytes *line)
{
    const struct jn_table *table = &call->table;

    for (size_t i = 0; i < table->columns->count; i++) {
        size_t start = start_of(table, first + i);
        bool right = table->columns->items[i].kind == JANGLE_CELL_NUMBER;

        if (!is_shown(call, &table->columns->items[i]))
            continue;
        if (line->size)
            jn_bytes_repeat(line, ' ', GAP);
        put_aligned(line, table->cells.text + start,
                    number_in(&table->ends, first + i) - start, room_of(call, i), right);
    }
}

static void put_rows(struct jangle_verb_call *call)
{
    struct jn_table *table = &call->table;
    struct jn_bytes line = {0};
    bool heading = !table->has_heading;

    if (table->cells.failed || table->ends.failed || table->widths.failed) {
        call->screen.held.failed = true;
        return;
    }
    widen(table);
    for (size_t i = 0; i < cell_count(table); i += table->columns->count) {
        put_row(call, i, &line);
        put_line(call, &line, heading);
        heading = false;
    }
    table->has_heading = true;
    jn_bytes_clear(&table->cells);
    jn_bytes_clear(&table->ends);
    jn_bytes_free(&line);
}

/* ---- what verbs call -------------------------------------------------------------- */

void jangle_verb_table(struct jangle_verb_call *call,
                       const struct jangle_table_columns *columns)
{
    struct jn_table *table = &call->table;

    jangle_verb_flush(call);
    table->columns = columns;
    table->has_heading = false;
    jn_bytes_clear(&table->widths);
    jn_bytes_repeat(&table->widths, 0, columns->count * sizeof(size_t));
}

bool jangle_verb_row(struct jangle_verb_call *call, const struct jangle_table_cell *cells)
{
    struct jn_table *table = &call->table;

    if (call->json) {
        put_object(call, table->columns, cells);
        return call->screen.held.size > GATHERED_MAX;
    }
    if (!table->has_heading && !table->cells.size)
        gather_row(call, NULL);
    gather_row(call, cells);
    return table->cells.size > GATHERED_MAX;
}

bool jangle_verb_flush(struct jangle_verb_call *call)
{
    if (call->table.cells.size)
        put_rows(call);
    return jn_screen_flush(&call->screen);
}

/* The heading of a fact, padded to the widest of them. */
static void put_fact(struct jangle_verb_call *call,
                     const struct jangle_table_column *column,
                     const struct jangle_table_cell *cell,
                     size_t width)
{
    struct jn_bytes line = {0};
    struct jn_bytes text = {0};
    size_t room = call->screen.width > width + GAP ? call->screen.width - width - GAP : 0;

    put_heading(&line, column);
    jn_bytes_repeat(&line, ' ', width + GAP - strlen(column->name));
    put_cell(call, &text, column, cell);
    if (column->shrinks && room && !call->full)
        put_aligned(&line, text.text, text.size, room, false);
    else
        jn_bytes_put(&line, text.text, text.size);
    drop_blanks(&line);
    jn_bytes_put(&call->screen.held, line.text, line.size);
    jn_bytes_text(&call->screen.held, "\n");
    jn_bytes_free(&line);
    jn_bytes_free(&text);
}

void jangle_verb_facts(struct jangle_verb_call *call,
                       const struct jangle_table_columns *columns,
                       const struct jangle_table_cell *cells)
{
    size_t width = 0;

    jangle_verb_flush(call);
    if (call->json) {
        put_object(call, columns, cells);
        return;
    }
    for (size_t i = 0; i < columns->count; i++)
        if (strlen(columns->items[i].name) > width)
            width = strlen(columns->items[i].name);
    for (size_t i = 0; i < columns->count; i++)
        if (is_shown(call, &columns->items[i]) &&
            !is_nothing(&columns->items[i], &cells[i]))
            put_fact(call, &columns->items[i], &cells[i], width);
}

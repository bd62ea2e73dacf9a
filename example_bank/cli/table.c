/* table.c - prints tables as plain text. */
#include "cli/table.h"
#include "cli/text.h"

#include <stdlib.h>

static void print_cell(FILE *out, const char *text, int width, int last)
{
    int room = abs(width) - text_count_characters(text);
    int spaces = room > 0 ? room : 0;

    if (width > 0)
        fprintf(out, "%*s", spaces, "");
    text_print_safely(out, text);
    if (width < 0 && !last)
        fprintf(out, "%*s", spaces, "");
}

void table_row_(FILE *out, const struct table_column *columns, const char *const *cells)
{
    for (size_t i = 0; columns[i].title; i++) {
        fputs("  ", out);
        print_cell(out, cells[i], columns[i].width, !columns[i + 1].title);
    }
    putc('\n', out);
}

void table_head(FILE *out, const struct table_column *columns)
{
    for (size_t i = 0; columns[i].title; i++) {
        fputs("  ", out);
        print_cell(out, columns[i].title, columns[i].width, !columns[i + 1].title);
    }
    putc('\n', out);
    for (size_t i = 0; columns[i].title; i++) {
        fputs("  ", out);
        for (int dash = 0; dash < abs(columns[i].width); dash++)
            putc('-', out);
    }
    putc('\n', out);
}

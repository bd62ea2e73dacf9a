/* table.h - prints tables as plain text. */
#ifndef BANK_TABLE_H
#define BANK_TABLE_H

#include <stdio.h>

/* As in printf: a negative width aligns to the left, a positive one to the right. */
struct table_column {
    const char *title;
    int width;
};

/* Print the titles, and a line below them. `columns` ends with {0}. */
void table_head(FILE *out, const struct table_column *columns);

/* Print a row, one cell for each column:
 *     table_row(stdout, columns, account->name, MONEY(account->balance)); */
#define table_row(out, columns, ...)                                                     \
    table_row_(out, columns, (const char *const[]){__VA_ARGS__})

void table_row_(FILE *out, const struct table_column *columns, const char *const *cells);

#endif

/* Words for a terminal: text of others made harmless, widths in cells, tables. */
#ifndef GRID_CLI_PRINT_H
#define GRID_CLI_PRINT_H

#include "proto/bytes.h"

struct screen {
    int columns;         /* of the terminal; 0: no terminal, nothing is cut */
    bool ambiguous_wide; /* “ ” … ○ take two cells (--ambiguous=2) */
};
extern struct screen screen;
/* From standard output and COLUMNS. */
void screen_look(void);

/* Appends `text` with control characters, bidi overrides and invisible marks made visible (D25):
 * ␛, ⟦U+202E⟧. `lines`: LF stays a line end; else it is shown as ⏎. */
void print_safe(struct buffer *out, struct bytes text, bool lines);
/* The same to standard output. */
void print_text(struct bytes text);
/* Lines of foreign text, each behind `indent` blanks; nothing of it can look like ours. */
void print_block(struct bytes text, int indent);

/* Cells that safe text takes. */
int print_cells(struct bytes text);
/* Appends as much of `text` as fits `cells`, with … where it was cut, and blanks up to `cells`. */
void print_cell(struct buffer *out, struct bytes text, int cells);

/* A table whose column widths follow its first rows: a list of any length needs little memory. */
enum { TABLE_COLUMNS_MAX = 12, TABLE_MEASURED_ROWS = 256 };
struct table;
/* `titles`: ids of sentences; `flexible`: the column that gives way on a narrow terminal, −1 where
 * none may be cut. Where that is not enough the columns are given up: each row says what it has,
 * one after the other. */
struct table *table_open(const char *const titles[], int column_count, int flexible);
/* Foreign text; made safe here. */
void table_row(struct table *table, const struct bytes cells[]);
uint64_t table_rows(const struct table *table);
/* Prints what is still held; the number of rows is returned. */
uint64_t table_finish(struct table *table);
void table_close(struct table *table);

#endif

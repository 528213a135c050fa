/* QR codes: made by libqrencode; drawn in a terminal, or as SVG. */
#ifndef GRID_CLI_QR_H
#define GRID_CLI_QR_H

#include "proto/bytes.h"

enum { QR_QUIET_MODULES = 4 };

struct qr {
    int width;        /* modules of one side, without the quiet zone */
    uint8_t *modules; /* width × width: 1 dark */
};

/* False when the text is too long for a QR code or memory ends. */
bool qr_make(struct qr *out, const char *text);
void qr_close(struct qr *qr);
/* With the quiet zone: false outside of the modules. */
bool qr_is_dark(const struct qr *qr, int column, int row);

/* Two rows of modules a line, in half blocks. In `colour` black on white whatever the terminal's
 * colours are; without it light modules are drawn, as a dark terminal shows them right. */
void qr_draw(struct buffer *out, const struct qr *qr, bool colour);
/* One <svg> element of so many millimetres, with nothing from outside. */
void qr_svg(struct buffer *out, const struct qr *qr, int millimetres);

#endif

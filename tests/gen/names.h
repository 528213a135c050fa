/* Names of nobody: of persons, of mines, of the 社 of a village. */
#ifndef TESTS_GEN_NAMES_H
#define TESTS_GEN_NAMES_H

#include "tests/gen/chance.h"

enum { NAME_BYTES = 96 };

/* 85 % in Han style, 15 % in Mongolian style. */
void name_person(struct chance *chance, char out[static NAME_BYTES]);
/* <姓>家<沟|圪楞|…>, without 社. */
void name_hamlet(struct chance *chance, char out[static NAME_BYTES]);
/* <两字>煤矿(虚构) */
void name_mine(struct chance *chance, char out[static NAME_BYTES]);
/* 000 and 8 digits: no telephone of anybody. */
void name_phone(struct chance *chance, char out[static 12]);
/* 1–99 in Chinese: 一, 十, 十二, 三十四. */
void name_number(char out[static 16], unsigned number);

#endif

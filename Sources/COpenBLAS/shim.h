#pragma once

#include <cblas.h>

// LAPACK, which OpenBLAS contains and has no header of its own for in Debian's package.
extern void dgesdd_(
    const char *job, const int *rows, const int *columns, double *a, const int *leading, double *values, double *left,
    const int *leadingLeft, double *right, const int *leadingRight, double *work, const int *workCount, int *integerWork,
    int *info, unsigned long jobLength);
extern void dsyev_(
    const char *job, const char *half, const int *order, double *a, const int *leading, double *values, double *work,
    const int *workCount, int *info, unsigned long jobLength, unsigned long halfLength);

/* SPDX-License-Identifier: MIT */
/* nothing: ends. What starting it takes is what starting a process takes. */
int main(void)
{
    return 0;
}

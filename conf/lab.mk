# `make grade` grades labs 1 to LAB.
LAB=4

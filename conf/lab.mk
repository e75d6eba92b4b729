# How far this tree has come: `make grade` grades the labs 1 to LAB.
LAB=3

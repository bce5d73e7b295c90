"""The lecturer's desk: collecting, reports, exports, the students' copy."""

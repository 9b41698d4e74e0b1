"""What drivers may import: it runs beside a student's code, and beside the reference in the judge."""

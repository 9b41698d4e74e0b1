"""Whether an assignment is fit to grade with: its parts agree, its checks catch mistakes."""

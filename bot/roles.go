package bot

// Role of a contact at a shop.
type Role string

// The closed list of roles.
const (
	Owner   Role = "owner"   // 店主
	Manager Role = "manager" // 店长
	Clerk   Role = "clerk"   // 店员
)

// Chinese is the role in the words of a merchant.
func (r Role) Chinese() string {
	switch r {
	case Manager:
		return "店长"
	case Clerk:
		return "店员"
	}
	return "店主"
}

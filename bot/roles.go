package bot

// Role of a contact at a shop. Anything else counts as Clerk, the least.
type Role string

// The closed list of roles.
const (
	Owner   Role = "owner"   // 店主
	Manager Role = "manager" // 店长
	Clerk   Role = "clerk"   // 店员
)

// Right is something that a role may do at its shop.
type Right string

// The closed list of rights. What is asked for a purpose is told for it
// (domain 7.4): a clerk follows the takings, the account they go to is not the
// clerk's business, nor are the people.
const (
	SeeSales     Right = "sales"   // sales, payouts, dates
	SeeAccount   Right = "account" // bank and tail of the settlement account
	LeaveShop    Right = "leave"   // end one's own binding
	SeePeople    Right = "people"  // who is bound to the shop
	RemovePeople Right = "remove"  // end the binding of a manager or clerk
)

//nolint:gochecknoglobals // read-only table
var rights = map[Role]map[Right]bool{
	Owner:   {SeeSales: true, SeeAccount: true, LeaveShop: true, SeePeople: true, RemovePeople: true},
	Manager: {SeeSales: true, SeeAccount: true, LeaveShop: true},
	Clerk:   {SeeSales: true, LeaveShop: true},
}

// May reports whether a role has a right.
func (r Role) May(w Right) bool {
	if have, known := rights[r]; known {
		return have[w]
	}
	return rights[Clerk][w]
}

// Removable reports whether an owner may end a binding of this role: owners do
// not remove each other, an agent decides that.
func (r Role) Removable() bool { return r != Owner }

// Chinese is the role in the words of a merchant.
func (r Role) Chinese() string {
	switch r {
	case Owner:
		return "店主"
	case Manager:
		return "店长"
	}
	return "店员"
}

// roleAt is the contact's role at a shop; "" when it is not bound there.
func (c Contact) roleAt(merchantNo string) Role {
	for _, b := range c.Bindings {
		if b.MerchantNo == merchantNo {
			return Role(b.Role)
		}
	}
	return ""
}
